//! The accept loop over real sockets.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, routing::get};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    sync::Notify,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};
use web::{
    metrics::Metrics,
    server::{Server, Settings, Stop, tls},
};

const SOON: Duration = Duration::from_secs(20);

struct Served {
    address: SocketAddr,
    metrics: Arc<Metrics>,
    stop: Stop,
    task: JoinHandle<()>,
}

fn settings() -> Settings {
    Settings::at("127.0.0.1:0".parse().unwrap())
}

async fn serve(settings: Settings, router: Router) -> Served {
    let metrics = Metrics::new().unwrap();
    let server = Server::bind(settings, metrics.clone()).await.unwrap();
    let (address, stop) = (server.address().unwrap(), Stop::default());
    let task = tokio::spawn(server.run(router, stop.clone()));
    Served { address, metrics, stop, task }
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "好" }))
}

async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), connection: &str) -> String {
    let request = format!("GET / HTTP/1.1\r\nhost: test\r\nconnection: {connection}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with("好".as_bytes()) {
        let read = timeout(SOON, stream.read_buf(&mut answer)).await.unwrap().unwrap();
        assert!(read > 0, "the connection ended before the answer: {}", String::from_utf8_lossy(&answer));
    }
    String::from_utf8(answer).unwrap()
}

/// Reads until the other side ends the connection; what it said.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut rest = Vec::new();
    // A reset is an end, too.
    let _ = timeout(SOON, stream.read_to_end(&mut rest)).await.expect("the server kept the connection open");
    String::from_utf8_lossy(&rest).into_owned()
}

#[tokio::test]
async fn half_sent_requests_are_dropped_all_of_them() {
    let header_timeout = Duration::from_millis(150);
    let served = serve(Settings { header_timeout, ..settings() }, hello()).await;
    let mut half_open = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: te").await.unwrap();
        half_open.push(stream);
    }
    for stream in half_open {
        let said = until_closed(stream).await;
        assert!(!said.contains("200 OK"), "{said}");
    }
    let mut whole = TcpStream::connect(served.address).await.unwrap();
    assert!(ask(&mut whole, "close").await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn an_address_that_holds_its_share_of_connections_is_refused_more() {
    let served = serve(Settings { per_address: 2, ..settings() }, hello()).await;
    let mut held =
        [TcpStream::connect(served.address).await.unwrap(), TcpStream::connect(served.address).await.unwrap()];
    for stream in &mut held {
        ask(stream, "keep-alive").await;
    }
    let turned_away = until_closed(TcpStream::connect(served.address).await.unwrap()).await;
    assert!(turned_away.starts_with("HTTP/1.1 503 ") && turned_away.contains("connection: close"), "{turned_away}");
    let refused = r#"sangyu_connections_refused_total{reason="address"} 1"#;
    assert!(served.metrics.text().unwrap().contains(refused));
    for stream in &mut held {
        assert!(ask(stream, "keep-alive").await.starts_with("HTTP/1.1 200 OK"), "those inside are served on");
    }
}

#[tokio::test]
async fn a_phone_that_trusts_our_authority_speaks_tls_and_one_that_does_not_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let today = "2026-11-21".parse().unwrap();
    let hosts = ["sangyu.example".to_owned(), "127.0.0.1".to_owned()];
    let files = tls::init(folder.path(), &hosts, today).unwrap();
    let tls = Some((files.certificate.clone(), files.key.clone()));
    let served = serve(Settings { tls, ..settings() }, hello()).await;

    for name in ["sangyu.example", "127.0.0.1"] {
        let mut stream = connector(Some(&files)).connect(server(name), tcp(&served).await).await.unwrap();
        assert!(ask(&mut stream, "close").await.starts_with("HTTP/1.1 200 OK"), "{name}");
    }
    assert!(connector(Some(&files)).connect(server("other.example"), tcp(&served).await).await.is_err());
    assert!(connector(None).connect(server("sangyu.example"), tcp(&served).await).await.is_err());
}

async fn tcp(served: &Served) -> TcpStream {
    TcpStream::connect(served.address).await.unwrap()
}

fn server(name: &'static str) -> ServerName<'static> {
    ServerName::try_from(name).unwrap()
}

fn connector(trusted: Option<&tls::Certificates>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    if let Some(files) = trusted {
        roots.add(CertificateDer::from_pem_file(&files.authority).unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[test]
fn keys_are_for_their_owner_only_and_a_second_run_keeps_the_authority() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let run = || tls::init(folder.path(), &["a.example".to_owned()], "2026-11-21".parse().unwrap()).unwrap();
    run();
    for key in ["ca.key", "server.key"] {
        let mode = std::fs::metadata(folder.path().join(key)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    let first = [read("ca.pem"), read("server.pem")];
    run();
    assert_eq!(read("ca.pem"), first[0]);
    assert_ne!(read("server.pem"), first[1]);
}

#[tokio::test]
async fn a_stop_lets_the_request_in_flight_end_and_takes_no_more() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (begun, go_on) = (begun.clone(), go_on.clone());
        move || async move {
            begun.notify_one();
            go_on.notified().await;
            "好"
        }
    };
    let header_timeout = Duration::from_millis(200);
    let served = serve(Settings { header_timeout, ..settings() }, Router::new().route("/", get(slow))).await;
    let mut half_open = TcpStream::connect(served.address).await.unwrap();
    half_open.write_all(b"GET").await.unwrap();
    let address = served.address;
    let in_flight =
        tokio::spawn(async move { ask(&mut TcpStream::connect(address).await.unwrap(), "keep-alive").await });
    timeout(SOON, begun.notified()).await.unwrap();
    served.stop.stop();
    timeout(SOON, async { while TcpStream::connect(address).await.is_ok() {} }).await.unwrap();
    go_on.notify_one();
    assert!(in_flight.await.unwrap().starts_with("HTTP/1.1 200 OK"));
    timeout(SOON, served.task).await.expect("the server did not end").unwrap();
}
