//! A way to the database that stalls or is cut: bytes stop and connections stay, as when a server hangs; or a COMMIT
//! arrives and its answer does not.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// A proxy in front of a server on this machine.
pub struct Way {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    stalled: AtomicBool,
    /// Commits to let arrive without an answer.
    cuts: AtomicUsize,
    cut: AtomicUsize,
}

impl Way {
    /// Opens a way to a port.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, state) = (listener.local_addr().unwrap().port(), Arc::new(State::default()));
        let shared = state.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Ok(far) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let deaf = Arc::new(AtomicBool::new(false));
                let there = (near.try_clone().unwrap(), far.try_clone().unwrap());
                for (ends, asks) in [(there, true), ((far, near), false)] {
                    let (state, deaf) = (shared.clone(), deaf.clone());
                    std::thread::spawn(move || carry(ends, asks, (&state, &deaf)));
                }
            }
        });
        Self { port, state }
    }

    /// Where it begins.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on nothing passes, and nobody is told.
    pub fn stall(&self) {
        self.state.stalled.store(true, Ordering::SeqCst);
    }

    /// The next `count` commits arrive, and their answers do not.
    pub fn cut(&self, count: usize) {
        self.state.cuts.store(count, Ordering::SeqCst);
    }

    /// How many answers of commits were lost.
    pub fn were_cut(&self) -> usize {
        self.state.cut.load(Ordering::SeqCst)
    }

    /// Everything that waited passes.
    pub fn go_on(&self) {
        self.state.stalled.store(false, Ordering::SeqCst);
    }
}

fn carry((mut from, mut to): (TcpStream, TcpStream), asks: bool, (state, deaf): (&State, &AtomicBool)) {
    let mut piece = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        while state.stalled.load(Ordering::SeqCst) {
            std::thread::park_timeout(Duration::from_millis(10));
        }
        if asks && piece[..read].windows(6).any(|bytes| bytes == b"COMMIT") && state.takes_a_cut() {
            deaf.store(true, Ordering::SeqCst);
        }
        // The answer of a commit that shall get lost: the server has done it, and the connection breaks.
        if !asks && deaf.load(Ordering::SeqCst) {
            state.cut.fetch_add(1, Ordering::SeqCst);
            break;
        }
        if to.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

impl State {
    fn takes_a_cut(&self) -> bool {
        let one_less = |cuts: usize| cuts.checked_sub(1);
        self.cuts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok()
    }
}
