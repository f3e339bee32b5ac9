//! Failures as pages: what happened, whose turn it is, and a way out.

use askama::Template;
use axum::http::StatusCode;
use kernel::{FieldRefusal, Refused, Role, Text, text};

use crate::{filters, frame::Frame, head::Head, page::Door};

/// Something that stands in the way, ready to be drawn.
#[derive(Clone, Debug)]
pub(crate) struct Obstacle {
    /// Status of the answer.
    pub(crate) status: StatusCode,
    text: Text,
    fields: Vec<FieldRefusal>,
}

impl Obstacle {
    /// A refusal of a room.
    pub(crate) fn refused(refused: &Refused) -> Self {
        let status = StatusCode::from_u16(refused.verdict.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, text: refused.text.clone(), fields: refused.fields.clone() }
    }

    /// A bare status of the router or an extractor.
    pub(crate) fn of(status: StatusCode) -> Self {
        Self { status, text: sentence(status), fields: Vec::new() }
    }

    /// As a page.
    pub(crate) fn page(&self, frame: &Frame) -> ObstaclePage {
        ObstaclePage {
            title: title(self.status),
            text: self.text.clone(),
            fields: self.fields.clone(),
            code: self.status.as_u16(),
            request_id: frame.request_id.clone(),
            signed_in: frame.sitting.is_some(),
            door: match &frame.sitting {
                Some(who) if matches!(who.role, Role::Elder | Role::Family) => Door::Portal,
                Some(_) => Door::Console,
                None => Door::Threshold,
            },
        }
    }

    /// As a line over the page that asked.
    pub(crate) fn line(&self, frame: &Frame) -> ObstacleLine {
        let faults = self.fields.iter().map(|fault| fault.text.clone()).collect();
        ObstacleLine {
            text: self.text.clone(),
            faults,
            code: self.status.as_u16(),
            request_id: frame.request_id.clone(),
        }
    }
}

fn title(status: StatusCode) -> Text {
    match status.as_u16() {
        401 => text!("请先登录"),
        403 => text!("不能做这件事"),
        404 => text!("没有找到"),
        405 => text!("这里不能这样打开"),
        408 => text!("传得太慢"),
        409 => text!("情况已经变了"),
        413 => text!("太大了"),
        422 | 400 | 415 => text!("有几处需要修改"),
        429 => text!("太频繁了"),
        503 => text!("系统正忙"),
        _ => text!("系统出错了"),
    }
}

fn sentence(status: StatusCode) -> Text {
    match status.as_u16() {
        401 => text!("登录已经结束，请重新登录"),
        403 => text!("您现在的岗位不能做这件事"),
        404 => text!("没有找到，或者不在您的数据范围内"),
        405 => text!("请从页面上的按钮或链接进入"),
        408 => text!("内容传得太慢，没有收完，也没有保存，请换个网络再试"),
        409 => text!("刚刚有别人改过，请刷新后再试"),
        413 => text!("文件或内容超过了上限，请缩小后再传"),
        422 | 400 | 415 => text!("提交的内容不完整，请返回检查"),
        429 => text!("操作太快，请等一分钟再试"),
        503 => text!("系统正忙，刚才的操作没有保存，请稍后再试"),
        _ => text!("刚才的操作没有保存。请再试一次，仍不行请把下面的编号告诉管理员"),
    }
}

/// A failure as a page.
#[derive(Debug, Template)]
#[template(path = "shell/obstacle.html")]
pub(crate) struct ObstaclePage {
    title: Text,
    text: Text,
    fields: Vec<FieldRefusal>,
    code: u16,
    request_id: String,
    signed_in: bool,
    door: Door,
}

/// The door of a failure depends on who asked, so it is no [`View`] with a constant door.
impl crate::page::AnyView for ObstaclePage {
    fn door(&self) -> Door {
        self.door
    }

    fn scripts(&self) -> &'static [&'static str] {
        &[]
    }

    fn head(&self) -> Head {
        Head::new(self.title.clone())
    }

    fn body(&self, values: &dyn askama::Values) -> askama::Result<String> {
        self.render_with_values(values)
    }
}

/// A failure as a line.
#[derive(Debug, Template)]
#[template(path = "shell/obstacle_line.html")]
pub(crate) struct ObstacleLine {
    text: Text,
    faults: Vec<Text>,
    code: u16,
    request_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check, i18n::Locale, menu::Menu, shell};

    #[test]
    fn every_failure_is_a_page_with_a_way_out_in_both_languages() {
        for code in [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503] {
            for locale in Locale::ALL {
                for sitting in [true, false] {
                    let mut frame = Frame::sample(locale);
                    frame.sitting = frame.sitting.filter(|_| sitting);
                    let page = Obstacle::of(StatusCode::from_u16(code).unwrap()).page(&frame);
                    let html = shell::whole(&page, &frame, &Menu::default()).unwrap();
                    check::markup(&html, locale);
                    assert!(html.contains("data-way-out"), "{code}: {html}");
                }
            }
        }
    }

    #[test]
    fn elders_and_families_who_lose_their_way_stay_in_the_portal() {
        for role in [Role::Elder, Role::Family] {
            let mut frame = Frame::sample(Locale::Zh);
            frame.sitting = frame.sitting.map(|who| crate::frame::Sitting { role, ..who });
            let page = Obstacle::of(StatusCode::NOT_FOUND).page(&frame);
            let html = shell::whole(&page, &frame, &Menu::default()).unwrap();
            check::markup(&html, Locale::Zh);
            assert!(html.contains(r#"class="portal"#) && html.contains(r#"href="/portal""#), "{html}");
        }
    }

    #[test]
    fn an_internal_fault_shows_the_request_id_and_nothing_else() {
        let frame = Frame::sample(Locale::Zh);
        let page = Obstacle::of(StatusCode::INTERNAL_SERVER_ERROR).page(&frame);
        assert!(page.render().unwrap().contains("01j9sample"));
    }
}
