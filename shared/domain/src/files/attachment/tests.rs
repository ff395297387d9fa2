use super::*;
use crate::id::Tag;

fn media(text: &str) -> MediaType {
    text.parse().unwrap()
}

fn name(text: &str) -> String {
    text.parse::<FileName>().unwrap().as_str().to_owned()
}

#[test]
fn a_name_keeps_only_what_can_be_saved_anywhere() {
    for (given, kept) in [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\ann\\cv.docx", "cv.docx"),
        ("/absolute", "absolute"),
        (".htaccess", "htaccess"),
        ("a\r\nSet-Cookie: x=1", "aSet-Cookie_ x=1"),
        ("in\u{0}voice.pdf", "invoice.pdf"),
        ("\u{202e}fdp.exe", "fdp.exe"),
        ("a\"b.txt", "a_b.txt"),
        ("%2e%2e%2fx", "_2e_2e_2fx"),
        ("con.txt", "_con.txt"),
        ("NUL", "_NUL"),
        ("console.log", "console.log"),
        ("trailing. . ", "trailing"),
        ("dir/", "dir"),
        ("Cafe\u{301}.txt", "Caf\u{e9}.txt"),
        ("Übersicht 2026.xlsx", "Übersicht 2026.xlsx"),
    ] {
        assert_eq!(name(given), kept, "{given:?}");
    }
    for (given, code) in [
        ("", "required"),
        ("..", "required"),
        ("\u{202e}", "required"),
        ("///", "required"),
    ] {
        assert_eq!(
            given.parse::<FileName>().unwrap_err().code,
            code,
            "{given:?}"
        );
    }
    assert_eq!(
        "x".repeat(10_240).parse::<FileName>().unwrap_err().code,
        "too_long"
    );
}

#[test]
fn a_disposition_is_one_header_whatever_the_name() {
    let name: FileName = "Größe; x=\"y\" (1).txt".parse().unwrap();
    let value = name.disposition("attachment");
    assert_eq!(
        value,
        "attachment; filename=\"Gr__e_ x__y_ _1_.txt\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%3B%20x%3D_y_%20%281%29.txt"
    );
    assert!(value.is_ascii());
}

#[test]
fn a_type_is_kept_without_its_parameters() {
    assert_eq!(media(" Text/HTML; charset=utf-8").as_str(), "text/html");
    for bad in [
        "",
        "image",
        "/png",
        "image/",
        "image/png/x",
        "im age/png",
        "image/p\u{e9}",
        "a/\r\nb",
        "../..",
    ] {
        assert!(bad.parse::<MediaType>().is_err(), "{bad:?}");
    }
}

#[test]
fn browsers_are_never_told_that_something_can_be_run() {
    for active in [
        "text/html",
        "application/xhtml+xml",
        "image/svg+xml",
        "text/xml",
        "application/javascript",
        "application/pdf",
    ] {
        assert_eq!(
            media(active).served_as(),
            "application/octet-stream",
            "{active}"
        );
    }
    assert_eq!(media("image/png").served_as(), "image/png");
    assert_eq!(media("text/plain").served_as(), "text/plain");
}

#[test]
fn what_is_declared_must_be_what_the_bytes_say() {
    let png = b"\x89PNG\r\n\x1a\n";
    for (declared, head, magic, known, agrees) in [
        ("image/png", png.as_slice(), Some("image/png"), true, true),
        ("image/jpeg", png, Some("image/png"), true, false),
        ("text/plain", png, Some("image/png"), false, false),
        (
            "application/octet-stream",
            png,
            Some("image/png"),
            false,
            true,
        ),
        (
            "image/png",
            b"<html><script>",
            Some("text/html"),
            true,
            false,
        ),
        ("image/png", b"alert(1)", None, true, false),
        ("image/jpg", b"alert(1)", None, false, false),
        (
            "image/png",
            b"MZ\x90\0",
            Some("application/vnd.microsoft.portable-executable"),
            true,
            false,
        ),
        (
            "application/x-sketch",
            b"MZ\x90\0",
            Some("application/vnd.microsoft.portable-executable"),
            false,
            false,
        ),
        (
            "application/x-msdownload",
            b"MZ\x90\0",
            Some("application/vnd.microsoft.portable-executable"),
            false,
            true,
        ),
        (
            "text/plain",
            b"MZ is two letters",
            Some("application/vnd.microsoft.portable-executable"),
            false,
            true,
        ),
        ("text/plain", b"<html>", Some("text/html"), false, false),
        ("text/html", b"<html>", Some("text/html"), true, true),
        ("text/html", b"\n<section><svg>", None, true, true),
        (
            "text/markdown",
            b"<p align=center>",
            Some("text/html"),
            false,
            true,
        ),
        ("image/png", b"<svg onload=alert(1)>", None, true, false),
        (
            "text/plain",
            b"\xef\xbb\xbf<!-- x --><SVG>",
            None,
            false,
            false,
        ),
        (
            "image/svg+xml",
            b"<?xml?><svg>",
            Some("text/xml"),
            false,
            true,
        ),
        (
            "text/plain",
            b"#!/bin/sh",
            Some("text/x-shellscript"),
            false,
            false,
        ),
        (
            "text/x-python",
            b"#!/usr/bin/python",
            Some("text/x-shellscript"),
            false,
            true,
        ),
        ("text/plain", b"gr\xfc\xdfe", None, false, true),
        ("text/csv", b"a\0b", None, false, false),
        ("application/json", b"{}", None, false, true),
        (
            "application/vnd.oasis.opendocument.text",
            b"PK\x03\x04",
            Some("application/zip"),
            true,
            true,
        ),
        (
            "application/x-sketch",
            b"PK\x03\x04",
            Some("application/zip"),
            false,
            true,
        ),
        ("application/x-sketch", b"anything", None, false, true),
        (
            "application/pdf",
            b"\x89PNG..%PDF",
            Some("image/png"),
            true,
            false,
        ),
    ] {
        assert_eq!(
            media(declared).agrees(head, magic, known),
            agrees,
            "{declared} {head:?}"
        );
    }
}

fn user(n: u8) -> UserId {
    UserId::new(1, [n; 10])
}

fn upload(number: u32, by: UserId, at: Timestamp) -> Upload {
    let announced = Announced {
        name: "a.txt".parse().unwrap(),
        size: 10,
        media: media("text/plain"),
        sha256: Digest([1; 32]),
    };
    Upload {
        number,
        announced,
        object: ObjectId::from_bytes([2; 16]),
        parts: None,
        by,
        at,
        rejected: None,
    }
}

fn announced(at: Timestamp) -> Attachment {
    let tag = Tag::from_bytes([1; 5]);
    Attachment {
        id: AttachmentId::new(tag, [1; 11]),
        task: TaskId::new(tag, [2; 11]),
        project: ProjectId::new(tag, [3; 11]),
        current: None,
        older: vec![],
        uploads: vec![upload(1, user(1), at)],
        created_at: at,
        created_by: user(1),
        updated_at: at,
        updated_by: user(1),
        deleted_at: None,
    }
}

#[test]
fn an_upload_is_its_makers_and_ends_in_time() {
    let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let file = announced(at);
    assert!(file.upload(Some(1), user(1), at).is_some());
    assert!(file.upload(Some(1), user(2), at).is_none());
    assert!(file.upload(Some(2), user(1), at).is_none());
    assert!(file.upload(None, user(1), at + Upload::LIFETIME).is_none());
    assert_eq!(
        (file.state(), file.expires_at()),
        (State::Pending, Some(at + Upload::LIFETIME))
    );
}

#[test]
fn versions_come_in_the_order_of_their_numbers_whichever_is_completed_first() {
    let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut file = announced(at);
    file.complete(1, at).unwrap();
    file.announce(upload(file.next_number(), user(1), at))
        .unwrap();
    file.announce(upload(file.next_number(), user(2), at))
        .unwrap();
    let before = file.clone();
    file.complete(3, at).unwrap();
    assert_eq!(file.became_available(Some(&before)).unwrap().number, 3);
    file.complete(2, at).unwrap();
    assert_eq!(
        file.versions()
            .map(|version| version.number)
            .collect::<Vec<_>>(),
        [3, 2, 1]
    );
    assert_eq!(
        (file.bytes(), file.next_number(), file.expires_at()),
        (30, 4, None)
    );
    assert_eq!(file.complete(2, at), Err(Error::NotFound));
}

#[test]
fn what_was_rejected_stays_so_until_it_is_announced_anew() {
    let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut file = announced(at);
    file.reject(1, Mismatch::ContentType, at);
    assert_eq!(file.state(), State::Rejected);
    assert_eq!(
        file.upload(Some(1), user(1), at).unwrap().rejected,
        Some(Mismatch::ContentType)
    );
    file.announce(upload(file.next_number(), user(1), at))
        .unwrap();
    assert_eq!(
        (file.state(), file.uploads.len(), file.uploads[0].number),
        (State::Pending, 1, 2)
    );
}

#[test]
fn there_are_only_so_many_versions_and_uploads() {
    let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut file = announced(at);
    for _ in 1..Attachment::MAX_UPLOADS {
        file.announce(upload(file.next_number(), user(1), at))
            .unwrap();
    }
    assert!(matches!(
        file.announce(upload(9, user(1), at)),
        Err(Error::LimitReached { .. })
    ));
    let mut file = announced(at);
    file.complete(1, at).unwrap();
    for number in 2..=Attachment::MAX_VERSIONS as u32 {
        file.announce(upload(number, user(1), at)).unwrap();
        file.complete(number, at).unwrap();
    }
    assert!(matches!(
        file.announce(upload(21, user(1), at)),
        Err(Error::LimitReached { .. })
    ));
}
