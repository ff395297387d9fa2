use super::*;

/// Addresses that lead inside, or nowhere.
const INSIDE_ADDRESSES: &str = "
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254
    168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1
    192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.255 192.175.48.1 198.18.0.1 198.19.255.255
    198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::7f00:1 ::ffff:0:7f00:1
    64:ff9b::a00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 100:0:0:1::1
    2001::1 2001:0:4136:e378::1 2001:10::1 2001:20::1 2001:1ff::1 2001:db8::1
    2002:7f00:1::1 2002:a9fe:a9fe::1 2002:808:808::1 2620:4f:8000::1 3fff::1 3fff:fff::1 4000::1 5f00::1
    fc00::1 fd00:ec2::254 fd12:3456:789a::1 fe80::1 fe80::a9fe:a9fe fec0::1 ff02::1 ff0e::1";

/// Addresses of the public internet, many of them next to those above.
const PUBLIC_ADDRESSES: &str = "
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15
    169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.1 192.167.0.1 192.169.0.1 198.17.255.255 198.20.0.0
    203.0.112.1 223.255.255.255 2000::1 2001:200::1 2001:db7::1 2001:4860:4860::8888 2003::1 2600:1f18::1
    2620:4f:8001::1 2a00:1450:4001::200e 3ffe::1 3fff:1000::1";

/// What is no address to send to, one in each line.
const NO_URLS: &str = r#"
https://
https:///
http://push.example.com/
HTTPS://push.example.com/
ftp://push.example.com/
unix:/run/x.sock
file:///etc/passwd
//push.example.com/
push.example.com
javascript:alert(1)
https:push.example.com
https://127.0.0.1/
https://10.0.0.1
https://169.254.169.254/latest/meta-data/
https://[::1]/
https://[::ffff:10.0.0.1]/
https://[fd00:ec2::254]/
https://2130706433/
https://0x7f000001/
https://0177.0.0.1/
https://127.1/
https://127.0.0.0x1/
https://a.0x7f/
https://1.2.3.4.5/
https://①27.0.0.1/
https://127.0.0.1./
https://push.example.com./
https://localhost/
https://LOCALHOST/
https://a.localhost/
https://localhost.localdomain/
https://printer.local/
https://metadata.google.internal/
https://instance-data.ec2.internal/
https://intranet/
https://router.lan/
https://x.home.arpa/
https://a.onion/
https://push.test/
https://user@push.example.com/
https://user:word@push.example.com/
https://push.example.com:443/
https://push.example.com:22/
https://push.example.com:/
https://push.example.com@10.0.0.1/
https://10.0.0.1#.push.example.com/
https://push.example.com/#a
https://push.example.com\@10.0.0.1/
https://10.0.0.1\.push.example.com/
https://push.example.com/a b
https://push.example.com%2f@10.0.0.1/
https://push%2eexample.com/
https://-a.example.com/
https://a-.example.com/
https://a..example.com/
https://.example.com/
https://a_b.example.com/
https://bücher.example.com/
https://push.example。com/
https://push.example.com/"onload="
https://push.example.com/<script>"#;

#[test]
fn only_addresses_of_the_public_internet_are_public() {
    for (texts, public) in [(INSIDE_ADDRESSES, false), (PUBLIC_ADDRESSES, true)] {
        for text in texts.split_whitespace() {
            assert_eq!(is_public(text.parse().unwrap()), public, "{text}");
        }
    }
}

#[test]
fn an_address_that_could_be_read_in_two_ways_is_none() {
    let around = [
        "",
        " https://push.example.com/",
        "https://push.example.com/ ",
        "https://push.example.com/\t",
    ];
    let split = [
        "https://push.example.com/\r\nHost: x",
        "https://push\u{0}.example.com/",
        "https://push.example.com/\u{7f}",
    ];
    let long = [
        format!("https://{}.com/", "a".repeat(64)),
        format!("https://a.com/{}", "a".repeat(HttpsUrl::MAX)),
    ];
    let lines = NO_URLS
        .lines()
        .skip(1)
        .chain(around)
        .chain(split)
        .chain(long.iter().map(String::as_str));
    for text in lines {
        assert!(text.parse::<HttpsUrl>().is_err(), "{text:?}");
    }
}

#[test]
fn a_public_address_comes_apart() {
    let url: HttpsUrl = "https://Updates.Push.services.mozilla.com/wpush/v2/gAAA?x=%20"
        .parse()
        .unwrap();
    assert_eq!(url.host(), "updates.push.services.mozilla.com");
    assert_eq!(url.origin(), "https://updates.push.services.mozilla.com");
    assert_eq!(url.path(), "/wpush/v2/gAAA?x=%20");
    assert_eq!(
        serde_json::from_str::<HttpsUrl>(&serde_json::to_string(&url).unwrap()).unwrap(),
        url
    );
    for (text, whole) in [
        ("https://a.com", "https://a.com/"),
        ("https://a.com?b", "https://a.com/?b"),
    ] {
        assert_eq!(text.parse::<HttpsUrl>().unwrap().as_str(), whole);
    }
    assert!(serde_json::from_str::<HttpsUrl>("\"https://10.0.0.1/\"").is_err());
}
