//! A stream whose reader must read: answers that nobody takes off the socket do not hold it.

use std::{
    io::{Error, ErrorKind, IoSlice, Result},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::edge::pace::{Pace, Patience};

/// A stream that fails when its other side takes too little.
#[derive(Debug)]
pub(super) struct Patient<S> {
    inner: S,
    patience: Patience,
}

impl<S> Patient<S> {
    pub(super) const fn new(inner: S, pace: Pace) -> Self {
        Self { inner, patience: Patience::new(pace) }
    }

    fn judge(&mut self, cx: &mut Context<'_>, written: Poll<Result<usize>>) -> Poll<Result<usize>> {
        match written {
            Poll::Pending if self.patience.poll_end(cx).is_ready() => {
                Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the other side does not read")))
            }
            Poll::Ready(Ok(bytes)) => {
                self.patience.moved(bytes);
                Poll::Ready(Ok(bytes))
            }
            other => other,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.judge(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.judge(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx).map_ok(|()| 0);
        self.judge(cx, flushed).map_ok(|_| ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let shut = Pin::new(&mut self.inner).poll_shutdown(cx).map_ok(|()| 0);
        self.judge(cx, shut).map_ok(|_| ())
    }
}
