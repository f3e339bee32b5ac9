//! Elders and families: they come in with a one-use code that the call centre gives, and say with the portal's own forms
//! whether somebody came and how it was.

use std::sync::Arc;

use super::{
    book::{Book, Deed},
    company::Caller,
    seat::Seat,
    turn::{Played, Turn},
    wire::Wire,
};

/// Who holds a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    Elder,
    Family,
}

/// Somebody in the portal.
pub(super) struct Guest {
    pub(super) seat: Arc<Seat>,
}

impl Guest {
    /// The agent prints a code, the guest enters with it.
    pub(super) async fn enter(wire: &Arc<Wire>, agent: &Seat, elder: &Caller, who: Who) -> Played<Self> {
        let path = format!("/elders/{}/portal-code", elder.key);
        let page = agent.get("发验证码", &path).await?.must(&[200])?;
        let fields = match who {
            Who::Elder => [("who", "elder"), ("name", "")],
            Who::Family => [("who", "family"), ("name", "王强")],
        };
        let slip = agent.submit("发验证码", &path, &page, &fields).await?.must(&[200])?;
        let text = slip.text();
        let code = text.split("id=\"code\">").nth(1).and_then(|rest| rest.split('<').next());
        let code = code.ok_or_else(|| Turn::Odd("页面上没有验证码".to_owned()))?;
        Ok(Self { seat: Seat::with_code(wire, code).await? })
    }

    /// The visit's page, from the list of what waits.
    async fn visit(&self, key: &str, waits: &str) -> Played<super::wire::Answer> {
        let path = format!("/portal/visits/{key}");
        let list = self.seat.get("门户列表", &format!("/portal/visits?for={waits}")).await?.must(&[200])?;
        if !list.text().contains(&path) {
            return Err(Turn::Odd(format!("门户的列表 {waits} 里没有 {key}")));
        }
        self.seat.get("门户服务", &path).await?.must(&[200])
    }

    async fn say(&self, key: &str, waits: &str, (verb, fields): (&str, &[(&str, &str)])) -> Played {
        let page = self.visit(key, waits).await?;
        self.send(key, &page, (verb, fields)).await.map(drop)
    }

    async fn send(
        &self,
        key: &str,
        page: &super::wire::Answer,
        (verb, fields): (&str, &[(&str, &str)]),
    ) -> Played<super::wire::Answer> {
        let label = match verb {
            "confirm" => "门户确认",
            "rate" => "门户评价",
            _ => "门户异议",
        };
        self.seat.submit(label, &format!("/portal/visits/{key}/{verb}"), page, fields).await?.must(&[303])
    }

    /// “是的，来过了”.
    pub(super) async fn confirm(&self, key: &str) -> Played {
        self.say(key, "confirm", ("confirm", &[])).await
    }

    /// “不对”.
    pub(super) async fn object(&self, key: &str) -> Played {
        self.visit(key, "confirm").await?;
        let page = self.seat.get("门户异议", &format!("/portal/visits/{key}/wrong")).await?.must(&[200])?;
        self.send(key, &page, ("wrong", &[("reason", "short")])).await.map(drop)
    }

    /// One to five; the portal asks why below three.
    pub(super) async fn rate(&self, key: &str, score: i64, book: &Book) -> Played {
        let score = score.to_string();
        let fields: [(&str, &str); 1] = [("score", &score)];
        let page = self.visit(key, "rate").await?;
        let led = self.send(key, &page, ("rate", &fields)).await?;
        let next = led.header(hyper::header::LOCATION).to_owned();
        if next.contains("/why") {
            let page = self.seat.get("门户评价", &next).await?.must(&[200])?;
            let fields: [(&str, &str); 3] = [("score", &score), ("asked", "1"), ("reason", "late")];
            self.send(key, &page, ("rate", &fields)).await?;
        }
        book.did(Deed::Rated);
        Ok(())
    }
}
