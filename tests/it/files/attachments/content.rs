//! What bytes are, and what they are said to be.

use tests::File;

use super::{Stage, png};

/// What a page is that pretends to be a picture.
const PAGE: &[u8] = b"<html><script>alert(1)</script></html>";

#[tokio::test]
async fn bytes_of_another_type_are_refused_and_deleted() {
    let stage = Stage::new().await;
    let zip = b"PK\x03\x04\x14\0\0\0\0\0";
    let program = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff";
    let drawing = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    for (name, kind, bytes) in [
        ("page.png", "image/png", PAGE),
        ("drawing.png", "image/png", drawing),
        ("script.png", "image/png", b"alert(document.domain)"),
        ("program.png", "image/png", program),
        ("page.txt", "text/plain", PAGE),
        ("drawing.txt", "text/plain", drawing),
        ("script.txt", "text/plain", b"#!/bin/sh\nrm -rf /"),
        ("program.csv", "text/csv", program),
        ("program.sketch", "application/x-sketch", program),
        ("archive.jpg", "image/jpeg", zip),
        ("late.pdf", "application/pdf", b"\x89PNG\r\n\x1a\n%PDF-1.7"),
    ] {
        let file = File::new(name, kind, bytes);
        let begun = stage.bob.send_file(&stage.task, &file).await;
        let answer = stage
            .complete(&stage.bob, &begun.id())
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), ["/content_type"], "{name}");
        // Said again, and nothing is left of it.
        let again = stage
            .complete(&stage.bob, &begun.id())
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.comparable(), again.comparable());
        assert_eq!(
            stage
                .bob
                .get(&stage.at(&begun.id()))
                .await
                .expect(200)
                .text_of("state"),
            "rejected"
        );
        let gone = stage
            .bob
            .put_file(&begun.data()["upload"], &file.bytes)
            .await;
        assert_eq!(
            gone.status,
            200,
            "the object was still there: {}",
            gone.text()
        );
    }
    assert!(stage.names(&stage.bob).await.is_empty());
    assert_eq!(stage.bytes().await, 0);
}

#[tokio::test]
async fn what_could_be_run_is_kept_as_what_it_is_and_comes_back_as_nothing_in_particular() {
    let stage = Stage::new().await;
    for (name, kind, bytes) in [
        ("page.html", "text/html; charset=utf-8", PAGE),
        (
            "page.xhtml",
            "application/xhtml+xml",
            b"<html xmlns=\"http://www.w3.org/1999/xhtml\"></html>",
        ),
        (
            "drawing.svg",
            "image/svg+xml",
            b"<svg onload=\"alert(1)\"/>",
        ),
        (
            "feed.xml",
            "application/xml",
            b"<?xml version=\"1.0\"?><feed/>",
        ),
        (
            "setup.exe",
            "application/x-msdownload",
            b"MZ\x90\0\x03\0\0\0",
        ),
        ("run.sh", "application/x-sh", b"#!/bin/sh\necho hello"),
        ("code.js", "text/javascript", b"alert(1)"),
        ("form.pdf", "application/pdf", b"%PDF-1.7\n/OpenAction"),
        ("anything", "application/octet-stream", PAGE),
    ] {
        let id = stage
            .bob
            .attach(&stage.task, &File::new(name, kind, bytes))
            .await;
        let got = stage.download(&stage.ann, &id, "").await;
        assert_eq!((got.status, got.bytes.as_slice()), (200, bytes), "{name}");
        assert!(
            got.header("content-disposition")
                .starts_with("attachment; "),
            "{name}: inline"
        );
        let allowed = [
            "application/octet-stream",
            "application/x-msdownload",
            "application/x-sh",
        ];
        let served = match kind {
            "application/x-msdownload" => allowed[1],
            "application/x-sh" => allowed[2],
            _ => allowed[0],
        };
        assert_eq!(got.header("content-type"), served, "{name}");
    }
}

#[tokio::test]
async fn a_picture_that_is_a_page_too_comes_back_as_a_picture_only() {
    let stage = Stage::new().await;
    let mut both = png(8, 8);
    both.extend_from_slice(PAGE);
    let id = stage
        .bob
        .attach(&stage.task, &File::new("both.html", "image/png", both))
        .await;
    let got = stage.download(&stage.ann, &id, "").await;
    assert_eq!(got.header("content-type"), "image/png");
    assert!(
        got.header("content-disposition")
            .starts_with("attachment; ")
    );
}

#[tokio::test]
async fn files_as_people_have_them_are_taken() {
    let stage = Stage::new().await;
    let files = [
        File::new(
            "README.md",
            "text/markdown",
            b"<p align=\"center\">Hello</p>".as_slice(),
        ),
        File::new(
            "BMW.txt",
            "text/plain",
            b"BM is how a bitmap begins, and MZ a program".as_slice(),
        ),
        File::new("umlaut.csv", "text/csv", b"gr\xfc\xdfe;1".as_slice()),
        File::new("wide.txt", "text/plain", b"\xff\xfeh\0i\0".as_slice()),
        File::new(
            "plan.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            b"PK\x03\x04\x14\0\0\0\0\0".as_slice(),
        ),
        File::new("data.json", "application/json", b"{}".as_slice()),
        File::new("raw.bin", "application/octet-stream", vec![0; 32]),
        File::new(
            "drawing.sketch",
            "application/x-sketch",
            b"PK\x03\x04\x14\0\0\0\0\0".as_slice(),
        ),
    ];
    for file in &files {
        stage.bob.attach(&stage.task, file).await;
    }
    stage.world.cloud.settle().await;
    assert_eq!(stage.names(&stage.ann).await.len(), files.len());
}
