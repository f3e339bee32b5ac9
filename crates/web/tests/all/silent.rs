//! Those who begin to speak and then keep silent, over real sockets: none of them holds a connection for long, and
//! others are served meanwhile.

use std::{net::SocketAddr, time::Duration};

use axum::{body::Body, extract::Multipart, http::Method};
use kernel::Role;
use store::{both, testing::TestDb};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use web::{
    accounts::Kind,
    edge::pace::Pace,
    module::Module,
    routes::{Access, Routes},
    server::{Server, Settings},
    state::Config,
    testing::{TestWeb, grant},
};

const SOON: Duration = Duration::from_secs(20);
/// What others have thirty seconds for.
const GRACE: Duration = Duration::from_millis(400);

struct Served {
    web: TestWeb,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn much() -> Vec<u8> {
    vec![b'x'; 64 << 20]
}

async fn parts(mut parts: Multipart) -> String {
    let mut count = 0;
    while let Ok(Some(part)) = parts.next_field().await {
        count += part.bytes().await.map_or(0, |bytes| bytes.len());
    }
    count.to_string()
}

async fn serve(test: TestDb, settings: impl FnOnce(Settings) -> Settings) -> Served {
    let routes = Routes::new("room")
        .get("/much", Access::Public, much)
        .get("/who", Access::SignedIn, || async { "you" })
        .post("/public", Access::Public, |body: String| async move { body })
        .upload("/files", Access::SignedIn, 4_000_000, parts);
    let sending = Pace { grace: GRACE, rate: 50_000 };
    let config = Config { sending, half_sent: 4, ..Config::default() };
    let web = TestWeb::with(test, vec![Module { routes, ..Module::new("room") }], config, |state| state).await;
    web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
    let at = Settings::at("127.0.0.1:0".parse().unwrap());
    let settings = settings(Settings { reading: Pace { grace: GRACE, rate: 2_000 }, ..at });
    let server = Server::bind(settings, web.state.metrics.clone()).await.unwrap();
    let address = server.address().unwrap();
    let task = tokio::spawn(server.run(web.house.router.clone(), web.state.stop.clone()));
    Served { web, address, task }
}

impl Served {
    /// A connection that has said something.
    async fn said(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// What a whole request from another address is answered.
    async fn elsewhere(&self, text: &str) -> String {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let mut stream = socket.connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        until_closed(stream).await
    }

    /// Waits until no connection is left.
    async fn nobody_left(&self) {
        let none = async {
            while !self.web.state.metrics.text().unwrap().contains("\nsangyu_connections 0\n") {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(SOON, none).await.expect("connections are held");
    }

    /// The cookie of somebody who is signed in, and what else its writes need.
    async fn signed_in(&self) -> String {
        let browser = self.web.as_("clerk").await;
        let request = browser.request(Method::GET, "/").body(Body::empty()).unwrap();
        let cookie = request.headers()["cookie"].to_str().unwrap().to_owned();
        format!("cookie: {cookie}\r\nx-csrf-token: {}\r\n", browser.csrf.unwrap())
    }
}

async fn until_closed(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    // A reset is an end, too.
    let _ = timeout(SOON, stream.read_to_end(&mut said)).await.expect("the server kept the connection open");
    String::from_utf8_lossy(&said).into_owned()
}

const HALF_A_FORM: &str =
    "POST /public HTTP/1.1\r\nhost: test\r\ncontent-type: text/plain\r\ncontent-length: 1000\r\n\r\nx";
const WHO: &str = "GET /who HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";

both! {
    async fn a_body_that_never_comes_ends_its_connection_with_an_answer(test: TestDb) {
        let served = serve(test, |settings| settings).await;
        let chunked = HALF_A_FORM.replace("content-length: 1000\r\n\r\nx", "transfer-encoding: chunked\r\n\r\n5\r\nx");
        let too_large = HALF_A_FORM.replace("1000", "9000000");
        let mut held = Vec::new();
        for text in [HALF_A_FORM, &chunked, &too_large] {
            held.push(served.said(text).await);
        }
        assert!(served.elsewhere(WHO).await.starts_with("HTTP/1.1 303 "), "others are served meanwhile");
        for stream in held {
            let said = until_closed(stream).await;
            assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("connection: close"), "{said}");
        }
        served.nobody_left().await;
    }

    async fn a_body_that_nobody_wants_holds_no_connection(test: TestDb) {
        let served = serve(test, |settings| Settings { header_timeout: GRACE, ..settings }).await;
        let (reading, closed) = (HALF_A_FORM.replace("POST /public", "GET /who"), HALF_A_FORM.replace("/public", "/files"));
        for text in [reading, closed, HALF_A_FORM.replace("/public", "/nowhere")] {
            let said = until_closed(served.said(&text).await).await;
            assert!(said.starts_with("HTTP/1.1 303 ") || said.starts_with("HTTP/1.1 40"), "{said}");
        }
        served.nobody_left().await;
    }

    async fn a_body_that_trickles_ends_its_connection(test: TestDb) {
        let served = serve(test, |settings| settings).await;
        let (mut reading, mut writing) = served.said(HALF_A_FORM).await.into_split();
        let trickle = tokio::spawn(async move {
            while writing.write_all(b"x").await.is_ok() {
                tokio::time::sleep(GRACE / 8).await;
            }
        });
        let mut said = Vec::new();
        let _ = timeout(SOON, reading.read_to_end(&mut said)).await.expect("the trickle goes on");
        assert!(said.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&said));
        served.nobody_left().await;
        trickle.abort();
    }

    async fn a_form_with_a_file_that_never_comes_ends_also_for_somebody_who_is_signed_in(test: TestDb) {
        let served = serve(test, |settings| settings).await;
        let head = format!(
            "POST /files HTTP/1.1\r\nhost: test\r\n{}content-type: multipart/form-data; boundary=cut\r\n\
             content-length: 3000000\r\n\r\n--cut\r\n",
            served.signed_in().await
        );
        let field = "content-disposition: form-data; name=\"a\"\r\n\r\n1\r\n--cut\r\n";
        for text in [head.clone(), format!("{head}{field}{field}content-disposition: form-data; name=\"file\"; ")] {
            let said = until_closed(served.said(&text).await).await;
            assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
        }
        served.nobody_left().await;
    }

    async fn an_answer_that_nobody_reads_holds_no_connection(test: TestDb) {
        let served = serve(test, |settings| settings).await;
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(served.said("GET /much HTTP/1.1\r\nhost: test\r\n\r\n").await);
        }
        served.nobody_left().await;
        drop(held);
    }

    async fn an_address_has_only_so_many_half_sent_requests_and_another_is_served(test: TestDb) {
        let served = serve(test, |settings| settings).await;
        let mut held = Vec::new();
        for _ in 0..6 {
            held.push(served.said(HALF_A_FORM).await);
        }
        let whole = "POST /public HTTP/1.1\r\nhost: test\r\ncontent-type: text/plain\r\ncontent-length: 1\r\n\
                     connection: close\r\n\r\nx";
        assert!(served.elsewhere(whole).await.starts_with("HTTP/1.1 200 "));
        let mut refused = 0;
        for stream in held {
            refused += usize::from(until_closed(stream).await.starts_with("HTTP/1.1 429 "));
        }
        assert_eq!(refused, 2);
        served.nobody_left().await;
    }

    async fn the_last_connections_are_kept_for_whoever_is_signed_in(test: TestDb) {
        let served = serve(test, |settings| Settings { connections: 5, kept: 2, ..settings }).await;
        let session = served.signed_in().await;
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(TcpStream::connect(served.address).await.unwrap());
        }
        let stranger = until_closed(served.said("GET /much HTTP/1.1\r\nhost: test\r\n\r\n").await).await;
        assert!(stranger.starts_with("HTTP/1.1 503 ") && stranger.contains("connection: close"), "{stranger}");
        let mine = WHO.replace("connection", &format!("{session}connection"));
        assert!(served.elsewhere(&mine).await.starts_with("HTTP/1.1 200 "));
        drop(held);
        served.nobody_left().await;
        assert!(served.elsewhere(WHO).await.starts_with("HTTP/1.1 303 "));
    }
}
