using System.Net;
using Engine.Gateway.Access;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;
using Engine.Tests.Support;

namespace Engine.Tests.Server;

/// <summary>Who comes in, and where the server may listen.</summary>
public sealed class AccessTests
{
    [Test]
    public async Task Without_keys_only_this_machine_comes_in_directly_and_by_its_name()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        foreach ((string name, string value) in ((string, string)[])
            [("Host", "example.com"), ("X-Forwarded-For", "10.0.0.1"), ("Forwarded", "for=10.0.0.1")])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, server.Events);
            request.Headers.TryAddWithoutValidation(name, value);
            using HttpResponseMessage response = await server.Http.SendAsync(request);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), name);
        }

        using StreamUnderTest local = await server.OpenAsync("", null, ("Host", "LOCALHOST"));
        Assert.That(await local.ReadAsync(), Is.Not.Null);
    }

    [Test]
    public async Task Key_is_needed_where_there_are_keys_and_limits_what_is_seen()
    {
        string key = ApiKeyHash.NewKey();
        var access = new AccessOptions { Keys = [new() { Name = "one", Hash = ApiKeyHash.Of(key), Types = ["system_log"] }] };
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(access: access);
        foreach (string query in (string[])["", "?access_token=wrong", $"?access_token={key}&access_token={key}"])
        {
            using HttpResponseMessage refused = await server.Http.GetAsync(server.Events + query);
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), query);
            Assert.That(refused.Headers.WwwAuthenticate.Single().Scheme, Is.EqualTo("Bearer"));
        }

        using StreamUnderTest byHeader = await server.OpenAsync("", null, ("Authorization", $"Bearer {key}"));
        using StreamUnderTest byQuery = await server.OpenAsync($"?access_token={key}");
        Eventually.IsTrue(() => server.Gateway.Slots.Open == 2);
        server.Gateway.Publish(new NodeStatus("a", "b", "c", new(null, null)), "node");
        server.Log("seen");
        Assert.That((await byHeader.ReadEventAsync())!.Event, Is.EqualTo("system_log"));
        Assert.That((await byQuery.ReadEventAsync())!.Event, Is.EqualTo("system_log"));
        using HttpResponseMessage statistics = await server.Http.GetAsync(server.Events + $"/statistics?access_token={key}");
        Assert.That(statistics.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Rule_that_throws_lets_nothing_through()
    {
        var access = new AccessOptions
        {
            Authorize = static (_, _, resource) => resource == "good" ? true : throw new InvalidOperationException(),
        };
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(access: access);
        server.Log("hidden", "bad");
        server.Log("seen", "good");
        using StreamUnderTest stream = await server.OpenAsync("?limit=10");
        Assert.That((await stream.ReadEventAsync())!.Data, Does.Contain("seen"));
    }

    [TestCase("5081", "127.0.0.1:5081")]
    [TestCase("localhost", "127.0.0.1:5080")]
    [TestCase("http://localhost:1/", "127.0.0.1:1")]
    [TestCase("[::1]:80", "[::1]:80")]
    [TestCase("::1", "[::1]:5080")]
    [TestCase("*:80", "[::]:80")]
    [TestCase("10.0.0.1", "10.0.0.1:5080")]
    [TestCase("65536", null)]
    [TestCase("", null)]
    [TestCase("example.com", null)]
    [TestCase("127.0.0.1:", null)]
    [TestCase("1.2", null)]
    public void Addresses_are_read(string text, string? expected) =>
        Assert.That(BindingRules.Parse(text)?.ToString(), Is.EqualTo(expected));

    [TestCase("127.0.0.1", true)]
    [TestCase("[::1]:80", true)]
    [TestCase("*", false)]
    [TestCase("0.0.0.0:80", false)]
    [TestCase("10.1.2.3", false)]
    public void Only_loopback_needs_no_key(string text, bool isAllowed)
    {
        IPEndPoint address = BindingRules.Parse(text)!;
        Assert.That(BindingRules.ObstacleTo(address, hasAuthentication: false) is null, Is.EqualTo(isAllowed));
        Assert.That(BindingRules.ObstacleTo(address, hasAuthentication: true), Is.Null);
    }

    [Test]
    public void Addresses_of_one_network_are_one_client()
    {
        Assert.That(StreamSlots.KeyOf(IPAddress.Parse("::ffff:10.0.0.1")), Is.EqualTo("10.0.0.1"));
        Assert.That(StreamSlots.KeyOf(IPAddress.Parse("2001:db8::1")), Is.EqualTo(StreamSlots.KeyOf(IPAddress.Parse("2001:db8::ffff:2"))));
    }

    [Test]
    public void Wrong_options_are_all_named()
    {
        var options = new GatewayOptions { Heartbeat = TimeSpan.Zero, MaxConnections = 0, Path = "events", BytesPerSecond = 1 };
        Assert.That(
            Assert.Throws<InvalidGatewayOptionsException>(options.Validate)!.Problems, Has.Count.EqualTo(4));
        var access = new AccessOptions { Keys = [new() { Name = "", Hash = "secret" }, new() { Name = "", Hash = ApiKeyHash.Of("x") }] };
        Assert.That(access.FindProblems().Count(), Is.EqualTo(4));
        Assert.That(string.Concat(access.FindProblems()), Does.Not.Contain("secret"));
    }
}
