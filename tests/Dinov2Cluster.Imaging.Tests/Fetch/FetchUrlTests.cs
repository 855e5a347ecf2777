using Dinov2Cluster.Imaging.Fetch;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

public class FetchUrlTests
{
    [Theory]
    [InlineData("http://example.com", "http://example.com/")]
    [InlineData("HTTPS://EXAMPLE.com/A.JPG", "https://example.com/A.JPG")]
    [InlineData("http://example.com./a", "http://example.com/a")]
    [InlineData("http://example.com:80/a", "http://example.com/a")]
    [InlineData("https://example.com:8443/a", "https://example.com:8443/a")]
    [InlineData("http://example.com?q=1", "http://example.com/?q=1")]
    [InlineData("http://example.com#@evil/", "http://example.com/")]
    [InlineData("http://example.com/a?q=%20x#fragment", "http://example.com/a?q=%20x")]
    [InlineData("http://example.com/a@b:c", "http://example.com/a@b:c")]
    [InlineData("http://example.com/größe.jpg", "http://example.com/gr%C3%B6%C3%9Fe.jpg")]
    [InlineData("http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/")]
    [InlineData("http://my_bucket.example/", "http://my_bucket.example/")]
    [InlineData("http://8.8.8.8/", "http://8.8.8.8/")]
    [InlineData("http://8.8.8.8./", "http://8.8.8.8/")]
    [InlineData("http://127.0.0.1.nip.io/", "http://127.0.0.1.nip.io/")]
    [InlineData("http://[2606:4700::6810:84E5]:8080/", "http://[2606:4700::6810:84e5]:8080/")]
    [InlineData("http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[64:ff9b::8.8.8.8]/", "http://[64:ff9b::808:808]/")]
    public void A_plain_url_gets_one_spelling(string text, string expected) =>
        Assert.Equal(expected, FetchUrl.Parse(text).Uri.AbsoluteUri);

    [Theory]
    [InlineData("")]
    [InlineData("example.com/a.jpg")]
    [InlineData("//example.com/a.jpg")]
    [InlineData("http:example.com")]
    [InlineData("http:/example.com")]
    [InlineData("ftp://example.com/")]
    [InlineData("FILE:///etc/passwd")]
    [InlineData("file://example.com/a")]
    [InlineData("gopher://example.com:70/_x")]
    [InlineData("data:image/png;base64,AAAA")]
    [InlineData("jar:http://example.com/a!/b")]
    [InlineData("http+unix://example.com/")]
    [InlineData("http://")]
    [InlineData("http:///a")]
    [InlineData("http://?a")]
    [InlineData("http://#a")]
    [InlineData("http://:80/")]
    public void A_text_that_is_not_an_absolute_http_url_is_refused(string text) => AssertRefused(text);

    [Theory]
    [InlineData("http://user@example.com/")]
    [InlineData("http://user:secret@example.com/")]
    [InlineData("http://@example.com/")]
    [InlineData("http://example.com@evil.example/")]
    [InlineData("http://example.com:80@evil.example/")]
    [InlineData("http://example.com\\@evil.example/")]
    [InlineData("http://example.com\\.evil.example/")]
    [InlineData("http:\\\\example.com/")]
    [InlineData("http://example.com/a\\b")]
    [InlineData("http://example.com%40evil.example/")]
    [InlineData("http://example.com%2fevil/")]
    [InlineData("http://%6c%6f%63%61%6c%68%6f%73%74/")]
    [InlineData("http://exa\tmple.com/")]
    [InlineData("http://example.com/\n")]
    [InlineData("http://example.com/a\r\nHost: evil")]
    [InlineData("http://example.com/ a")]
    [InlineData(" http://example.com/")]
    [InlineData("http://example.com/\0")]
    [InlineData("http://example.com/\u2028")]
    [InlineData("ht\ttp://example.com/")]
    public void A_url_that_two_parsers_may_read_differently_is_refused(string text) => AssertRefused(text);

    [Theory]
    [InlineData("http://127.1/")]
    [InlineData("http://127.0.1/")]
    [InlineData("http://0/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0X7F.0.0.1/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://0x/")]
    [InlineData("http://127.0.0.0x1/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://017700000001/")]
    [InlineData("http://127.0.0.01/")]
    [InlineData("http://127.0.0.1../")]
    [InlineData("http://127.0.0.256/")]
    [InlineData("http://127.0.0.1.1/")]
    [InlineData("http://1.2.3.4.example.5/")]
    [InlineData("http://[127.0.0.1]/")]
    [InlineData("http://[::1/")]
    [InlineData("http://[]/")]
    [InlineData("http://[::1]a/")]
    [InlineData("http://[::1]]/")]
    [InlineData("http://a[::1]/")]
    [InlineData("http://[fe80::1%25eth0]/")]
    [InlineData("http://[fe80::1%eth0]/")]
    [InlineData("http://[v1.fe80::a]/")]
    [InlineData("http://::1/")]
    public void An_address_in_an_unusual_form_is_refused(string text) => AssertRefused(text);

    [Theory]
    [InlineData("http://ⓔxample.com/")]
    [InlineData("http://127。0。0。1/")]
    [InlineData("http://example。com/")]
    [InlineData("http://１２７.0.0.1/")]
    [InlineData("http://bücher.example/")]
    [InlineData("http://exam\u00ADple.com/")]
    [InlineData("http://example..com/")]
    [InlineData("http://.example.com/")]
    [InlineData("http://./")]
    [InlineData("http://exa$mple.com/")]
    [InlineData("http://exa,mple.com/")]
    [InlineData("http://*.example.com/")]
    public void A_host_that_is_not_a_plain_ascii_name_is_refused(string text) => AssertRefused(text);

    [Theory]
    [InlineData("http://example.com:/")]
    [InlineData("http://example.com:0/")]
    [InlineData("http://example.com:65536/")]
    [InlineData("http://example.com:99999999999/")]
    [InlineData("http://example.com:-80/")]
    [InlineData("http://example.com:+80/")]
    [InlineData("http://example.com:8 0/")]
    [InlineData("http://example.com:80:80/")]
    [InlineData("http://example.com:http/")]
    [InlineData("http://[::1]:/")]
    public void An_invalid_port_is_refused(string text) => AssertRefused(text);

    [Fact]
    public void Length_is_limited_for_url_name_and_label()
    {
        var longest = "http://example.com/".PadRight(FetchUrl.MaxLength, 'a');
        Assert.Equal(longest, FetchUrl.Parse(longest).Uri.AbsoluteUri);
        AssertRefused(longest + "a");

        var label = new string('a', 63);
        Assert.NotNull(FetchUrl.Parse($"http://{label}.example/"));
        AssertRefused($"http://{label}a.example/");
        AssertRefused($"http://{label}.{label}.{label}.{label}/");
    }

    [Theory]
    [InlineData("/b.jpg", "https://example.com/b.jpg")]
    [InlineData("b.jpg?x=1#f", "https://example.com/dir/b.jpg?x=1")]
    [InlineData("../b.jpg", "https://example.com/b.jpg")]
    [InlineData("?x=2", "https://example.com/dir/a.jpg?x=2")]
    [InlineData("//other.example/b", "https://other.example/b")]
    [InlineData("https://other.example:8443/b", "https://other.example:8443/b")]
    [InlineData("https://127.0.0.1/b", "https://127.0.0.1/b")]
    public void A_redirect_is_followed_from_where_it_was_given(string location, string expected) =>
        Assert.Equal(expected, FetchUrl.Parse("https://example.com/dir/a.jpg").Follow(location).Uri.AbsoluteUri);

    [Theory]
    [InlineData("http://example.com/b.jpg")]
    [InlineData("HTTP://example.com/b.jpg")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.com/b")]
    [InlineData("javascript:alert(1)")]
    [InlineData("//user@other.example/b")]
    [InlineData("https://user@other.example/b")]
    [InlineData("\\\\other.example\\b")]
    [InlineData("/\\other.example/b")]
    [InlineData("https://other.example:0/b")]
    [InlineData("https://exa mple.com/")]
    [InlineData("")]
    public void A_redirect_to_anything_but_a_plain_https_url_is_refused(string location) =>
        Assert.Throws<FetchRefusedException>(() => FetchUrl.Parse("https://example.com/dir/a.jpg").Follow(location));

    [Fact]
    public void A_redirect_may_go_from_http_to_https() =>
        Assert.Equal("https://example.com/", FetchUrl.Parse("http://example.com/").Follow("https://example.com/").Uri.AbsoluteUri);

    [Fact]
    public void A_url_is_logged_without_query_and_at_a_line_s_length()
    {
        Assert.Equal("https://example.com:8443/a.jpg", FetchUrl.Parse("https://example.com:8443/a.jpg?signature=secret").ToString());
        Assert.Equal(256, FetchUrl.Parse("http://example.com/".PadRight(4000, 'a')).ToString().Length);
    }

    private static void AssertRefused(string text) => Assert.Throws<FetchRefusedException>(() => FetchUrl.Parse(text));
}
