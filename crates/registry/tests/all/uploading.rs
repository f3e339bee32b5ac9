//! A sheet is uploaded on a page, tried, imported by the worker, and its bad rows come back.

use std::sync::Arc;

use kernel::{Role, Scope};
use registry::elders::{
    import::{ImportWorker, sheets::Staging},
    queries::{self, Filter},
    sheet::Program,
};
use store::{both, jobs, testing::TestDb};
use web::{
    accounts::Kind,
    state::Config,
    testing::{Answer, Browser, TestWeb, grant},
};

use crate::office::{Line, everybody, line};

struct Desk {
    web: TestWeb,
    staging: Staging,
}

impl Desk {
    async fn open(test: TestDb) -> Self {
        let folder = test.folder().join("imports");
        let staging = Staging { keys: test.keys().await, folder, program: Program::at("/nonexistent") };
        let hung = staging.clone();
        let web = TestWeb::with(test, vec![registry::module()], Config::default(), |state| state.with(hung)).await;
        for login in ["clerk", "colleague"] {
            web.account(login, Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        }
        Self { web, staging }
    }

    async fn work(&self) {
        jobs::round(&self.web.test.db, &[Arc::new(ImportWorker(self.staging.clone()))]).await.unwrap();
    }

    fn staged(&self) -> usize {
        let files = std::fs::read_dir(&self.staging.folder).unwrap().flatten();
        files.filter(|file| file.path().extension().is_some_and(|ending| ending == "sheet")).count()
    }
}

fn csv(lines: &[Line]) -> Vec<u8> {
    let mut text = String::from("姓名,证件类型,证件号码,手机,居住地区划代码,居住地址,人员类别,备忘\n");
    for l in lines {
        let Line { name, cert, mobile, place, address, tags } = l;
        text.push_str(&format!("{name},居民身份证,{cert},{mobile},{place},{address},{tags},x\n"));
    }
    text.into_bytes()
}

async fn upload(clerk: &mut Browser, content: &[u8]) -> Answer {
    clerk.upload("/elders/import", &[], ("file", "老人档案.csv", content)).await
}

both! {
    async fn a_sheet_is_tried_first_and_goes_in_when_the_clerk_says_so(test: TestDb) {
        let desk = Desk::open(test).await;
        let mut clerk = desk.web.as_("clerk").await;
        let mut bad = line("王五", 3);
        bad.cert = "411002194305120011".into();
        let sent = upload(&mut clerk, &csv(&[line("陈秀云", 1), bad, line("李四", 2)])).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let page = sent.location().to_owned();
        let waiting = clerk.get(&page).await.text();
        assert!(waiting.contains("hx-trigger=\"every 1s\"") && waiting.contains("正在打开表格"), "{waiting}");
        assert_eq!(clerk.post(&format!("{page}/start"), &[]).await.status, 409);
        desk.work().await;
        let tried = clerk.get(&page).await.text();
        assert!(tried.contains("没有写入任何数据") && tried.contains("导入 2 行") && tried.contains("4110**********0011"), "{tried}");
        assert!(tried.contains("备忘") && !tried.contains("every 1s") && !tried.contains("411002194305120011"));
        assert!(everybody(&desk.web.test.db).await.is_empty());
        let list = clerk.get(&format!("{page}/faults")).await;
        assert!(list.status == 200 && list.body.starts_with(b"PK"));
        assert_eq!(clerk.post(&format!("{page}/start"), &[]).await.location(), page);
        assert_eq!(clerk.post(&format!("{page}/start"), &[]).await.status, 409);
        desk.work().await;
        let done = clerk.get(&page).await.text();
        assert!(done.contains("导入完成"), "{done}");
        assert_eq!(everybody(&desk.web.test.db).await.len(), 2);
        assert_eq!(desk.staged(), 0, "people's numbers do not stay in the folder");
        assert!(clerk.get("/elders/import").await.text().contains("已导入"));
    }

    async fn headings_that_nobody_knows_are_told_apart_once(test: TestDb) {
        let desk = Desk::open(test).await;
        let mut clerk = desk.web.as_("clerk").await;
        let sheet = "客户,号码,住在哪,工号\n陈秀云,411002194305120029,文昌街1号,7\n".as_bytes();
        let send = async |clerk: &mut Browser, place: &str| {
            clerk.upload("/elders/import", &[("place", place)], ("file", "名册.csv", sheet)).await
        };
        let nowhere = send(&mut clerk, "没有这个地方").await;
        assert!(nowhere.status == 422 && nowhere.text().contains("您的范围里没有这个地方"), "{}", nowhere.text());
        assert_eq!(desk.staged(), 0);
        let page = send(&mut clerk, "西大街").await.location().to_owned();
        desk.work().await;
        let asked = clerk.get(&page).await.text();
        assert!(asked.contains("没有找到表头") && asked.contains("对列名") && asked.contains("住在哪"), "{asked}");
        let told = [
            ("heading", "客户"), ("means", "姓名"), ("heading", "号码"), ("means", "证件号码"),
            ("heading", "住在哪"), ("means", "居住地址"), ("heading", "工号"), ("means", "不读这一列"),
        ];
        assert_eq!(clerk.post(&format!("{page}/columns"), &told).await.location(), page);
        desk.work().await;
        let tried = clerk.get(&page).await.text();
        assert!(tried.contains("导入 1 行") && !tried.contains("对列名"), "{tried}");
        let mut colleague = desk.web.as_("colleague").await;
        let theirs = send(&mut colleague, "411002001").await.location().to_owned();
        desk.work().await;
        assert!(colleague.get(&theirs).await.text().contains("导入 1 行"), "the office's words are known to all of it");
    }

    async fn rows_that_nobody_can_tell_apart_are_answered_on_a_page(test: TestDb) {
        let desk = Desk::open(test).await;
        let mut clerk = desk.web.as_("clerk").await;
        let woman = |phone: &str, address: &str| {
            format!("姓名,证件类型,证件号码,性别,出生日期,手机,区划代码,居住地址\n王秀兰,无证件,,女,1940-01-01,{phone},411002,{address}\n")
        };
        for sheet in [woman("13800002101", "东街1号"), woman("13800002102", "西街99号")] {
            let page = upload(&mut clerk, sheet.as_bytes()).await.location().to_owned();
            desk.work().await;
            clerk.post(&format!("{page}/start"), &[]).await;
            desk.work().await;
        }
        let page = clerk.get("/elders/import/questions").await.text();
        assert!(page.contains("东街1号") && page.contains("西街99号") && page.contains("138****2102"), "{page}");
        let key = page.split("name=\"question\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let mut colleague = desk.web.as_("colleague").await;
        let answered = colleague.post("/elders/import/questions", &[("question", &key), ("answer", "another")]).await;
        assert_eq!(answered.status, 303, "{}", answered.text());
        assert_eq!(clerk.post("/elders/import/questions", &[("question", &key), ("answer", "same")]).await.status, 409);
        assert!(clerk.get("/elders/import/questions").await.text().contains("没有等回答的行"));
        assert_eq!(everybody(&desk.web.test.db).await.len(), 2);
    }

    async fn the_list_of_bad_rows_is_sent_again_after_mending(test: TestDb) {
        let desk = Desk::open(test).await;
        let mut clerk = desk.web.as_("clerk").await;
        let mut bad = line("王五", 3);
        bad.cert = "411002194305120011".into();
        let page = upload(&mut clerk, &csv(&[line("陈秀云", 1), bad])).await.location().to_owned();
        desk.work().await;
        let list = clerk.get(&format!("{page}/faults")).await.body;
        let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(list)).unwrap();
        let name = calamine::Reader::sheet_names(&book)[0].clone();
        let range = calamine::Reader::worksheet_range(&mut book, &name).unwrap();
        let rows: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(rows[0], ["姓名", "证件类型", "证件号码", "手机", "居住地区划代码", "居住地址", "人员类别", "备忘", "哪里不对"]);
        assert_eq!((rows.len(), rows[1][0].as_str(), rows[1][2].as_str()), (2, "王五", "411002194305120011"));
        assert!(rows[1][8].contains("第 3 行") && rows[1][8].contains("校验位应为 0"), "{rows:?}");
        let mended: String = rows.iter().map(|row| row.join(",").replace("411002194305120011", &line("王五", 3).cert) + "\n").collect();
        let again = upload(&mut clerk, mended.as_bytes()).await.location().to_owned();
        desk.work().await;
        let tried = clerk.get(&again).await.text();
        assert!(tried.contains("导入 1 行") && !tried.contains("哪里不对</b>"), "{tried}");
    }

    async fn an_import_belongs_to_its_clerk_and_needs_the_role(test: TestDb) {
        let desk = Desk::open(test).await;
        let mut clerk = desk.web.as_("clerk").await;
        let page = upload(&mut clerk, &csv(&[line("陈秀云", 1)])).await.location().to_owned();
        let mut colleague = desk.web.as_("colleague").await;
        for address in [page.clone(), format!("{page}/faults")] {
            assert_eq!(colleague.get(&address).await.status, 404, "{address}");
        }
        assert_eq!(colleague.post(&format!("{page}/start"), &[]).await.status, 404);
        desk.web.account("agent", Kind::Staff, grant(Role::CallAgent, "411002")).await;
        let mut agent = desk.web.as_("agent").await;
        assert_eq!([agent.get("/elders/import").await.status, upload(&mut agent, b"x").await.status], [403, 403]);
    }

    async fn a_file_that_is_no_sheet_of_elders_is_refused_with_the_cure_in_both_languages(test: TestDb) {
        let desk = Desk::open(test).await;
        let mut clerk = desk.web.as_("clerk").await;
        let page = upload(&mut clerk, "姓名,年龄\n陈秀云,84\n".as_bytes()).await.location().to_owned();
        desk.work().await;
        let text = clerk.get(&page).await.text();
        assert!(text.contains("前 10 行里没有找到表头"), "{text}");
        clerk.post("/language", &[("to", "en"), ("back", "/")]).await;
        let english = clerk.get(&page).await.text();
        web::check::markup(&english, web::i18n::Locale::En);
    }

    async fn an_upload_without_a_file_is_asked_for_and_one_over_the_limit_leaves_nothing(test: TestDb) {
        let desk = Desk::open(test).await;
        let mut clerk = desk.web.as_("clerk").await;
        let empty = upload(&mut clerk, b"").await;
        assert!(empty.status == 422 && empty.text().contains("请选择一个 .xlsx 或 .csv 表格"));
        let large = upload(&mut clerk, &vec![b'x'; (64 << 20) + 1]).await;
        assert_eq!(large.status, 413);
        assert_eq!(std::fs::read_dir(&desk.staging.folder).unwrap().count(), 0);
    }

    async fn an_import_runs_under_the_grant_of_its_upload_and_not_after_that_ended(test: TestDb) {
        let desk = Desk::open(test).await;
        let mut clerk = desk.web.as_("clerk").await;
        let page = upload(&mut clerk, &csv(&[line("陈秀云", 1)])).await.location().to_owned();
        desk.work().await;
        clerk.post(&format!("{page}/start"), &[]).await;
        let db = &desk.web.test.db;
        let index = web::accounts::login_index(&desk.web.state.blinder, "clerk");
        let account = web::accounts::by_login(db, index).await.unwrap().unwrap();
        db.write(store::Lane::Interactive, &desk.web.test.operator(), async |tx| {
            web::accounts::suspend(&tx, &account, "left").await
        })
        .await
        .unwrap();
        desk.work().await;
        assert!(everybody(db).await.is_empty());
    }

    async fn the_template_is_a_workbook_with_our_columns(test: TestDb) {
        let desk = Desk::open(test).await;
        let answer = desk.web.as_("clerk").await.get("/elders/import/template").await;
        assert!(answer.status == 200 && answer.body.starts_with(b"PK"));
    }
}

both! {
    async fn a_killed_import_goes_on_by_itself_and_doubles_nobody(test: TestDb) {
        let desk = Desk::open(test).await;
        let mut clerk = desk.web.as_("clerk").await;
        let lines: Vec<_> = (0..3_000).map(|n| line("陈秀云", n)).collect();
        let page = upload(&mut clerk, &csv(&lines)).await.location().to_owned();
        desk.work().await;
        clerk.post(&format!("{page}/start"), &[]).await;
        let db = &desk.web.test.db;
        let some_are_in = async {
            while queries::count(db, &Scope::whole(), &Filter::default(), 1).await.unwrap() == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = desk.work() => panic!("the import was over before it could be killed"),
            () = some_are_in => {}
        }
        assert!(everybody(db).await.len() < 3_000);
        assert!(clerk.get(&page).await.text().contains("正在导入"));
        desk.work().await;
        assert!(everybody(db).await.len() < 3_000, "nobody takes a job from a holder that may live");
        desk.web.test.clock.advance(chrono::TimeDelta::seconds(61));
        desk.work().await;
        assert_eq!(everybody(db).await.len(), 3_000);
        assert!(clerk.get(&page).await.text().contains("导入完成"));
    }
}
