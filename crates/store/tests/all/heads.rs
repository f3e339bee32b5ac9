//! Signed heads, kept outside, against chains that somebody rewrote whole.

use kernel::Ids;
use store::{
    Lane, both,
    heads::NodeKey,
    journal::{self, Fault},
    sea_orm::ConnectionTrait,
    testing::TestDb,
};

use super::happened;

async fn three_entries(test: &TestDb, second: i64) {
    for n in [1, second, 3] {
        let write = async |tx: store::Tx| {
            tx.journal(happened("411002", 1, n));
            Ok(())
        };
        test.db.write(Lane::Interactive, &test.operator(), write).await.unwrap();
    }
}

both! {
    async fn signed_heads_kept_outside_unmask_a_rewritten_chain(test: TestDb) {
        three_entries(&test, 2).await;
        let node = NodeKey::random(&Ids::from_os());
        let paper = node.sign(&journal::heads(&test.db).await.unwrap(), test.db.clock().now());
        let public = node.public();

        let (kept, at) = public.verify(&paper).unwrap();
        assert_eq!(at, test.db.clock().now());
        assert!(journal::verify(&test.db, &kept, |_| ()).await.unwrap().breaks.is_empty());

        test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            tx.execute_unprepared("DELETE FROM journal").await?;
            tx.execute_unprepared("DELETE FROM journal_heads").await?;
            Ok(())
        }).await.unwrap();
        three_entries(&test, 200).await;
        assert!(journal::verify(&test.db, &[], |_| ()).await.unwrap().breaks.is_empty(), "whole in itself");
        let breaks = journal::verify(&test.db, &kept, |_| ()).await.unwrap().breaks;
        assert_eq!((breaks[0].seq, breaks[0].fault), (3, Fault::NotAsKept));
        // Nor can the heads be rewritten without the node's key.
        let forged = NodeKey::random(&Ids::from_os()).sign(&journal::heads(&test.db).await.unwrap(), at);
        assert_eq!(public.verify(&forged).unwrap_err().code(), Some("heads.bad_signature"));
    }
}
