using System.Net;
using System.Text;
using System.Text.Json;
using Engine.Gateway.Events;
using Engine.Gateway.Frames;
using Engine.Tests.Support;

namespace Engine.Tests.Server;

/// <summary>Filter expressions, and filters that change while a stream runs.</summary>
public sealed class FilterExpressionTests
{
    private const string Envelope =
        """{"event":"system_log","timestamp":"2026-01-01T00:00:00Z","resource_id":"it's","data":""" +
        """{"level":"error","n":5,"on":true,"none":null,"at":{"x":1.5}}}""";

    [TestCase("event = 'system_log'", true)]
    [TestCase("event != 'system_log'", false)]
    [TestCase("resource_id = 'it''s'", true)]
    [TestCase("resource_id = \"it's\"", true)]
    [TestCase("data.n = 5 and data.at.x = 1.5", true)]
    [TestCase("data.n >= 5 and data.n <= 5 and not data.n > 5 and not data.n < 5", true)]
    [TestCase("data.n > 4.9 and data.n < 5.1e0", true)]
    [TestCase("data.n = '5'", false, Description = "A number is no text.")]
    [TestCase("data.n != '5'", true)]
    [TestCase("data.n < '9'", false)]
    [TestCase("data.on = true and data.on != false", true)]
    [TestCase("data.none = null and data.missing = null and data.level.deeper = null", true)]
    [TestCase("data.missing != null or data.missing > 0", false)]
    [TestCase("data.level in ('warning', 'error')", true)]
    [TestCase("data.n in (1, 2)", false)]
    [TestCase("data.level starts_with 'err'", true)]
    [TestCase("data.n starts_with '5'", false)]
    [TestCase("timestamp < '2026-06'", true)]
    [TestCase("event = 'x' or event = 'system_log' and data.n = 6", false, Description = "And binds closer than or.")]
    [TestCase("(event = 'x' or event = 'system_log') and data.n = 5", true)]
    [TestCase("not (event = 'x' or data.n = 6)", true)]
    [TestCase("not not event='system_log'", true)]
    public void Expression_matches(string text, bool expected)
    {
        Assert.That(FilterExpression.TryParse(text, out FilterExpression? expression, out string? problem), Is.True, problem);
        EventFrame frame = new FrameRing().Append(
            new FrameDraft("system_log", "it's", EventTraffic.Ordinary, default, Encoding.UTF8.GetBytes(Envelope)));
        Assert.That(expression!.Matches(frame), Is.EqualTo(expected));
        Assert.That(expression.Matches(frame), Is.EqualTo(expected), "As remembered.");
    }

    [TestCase("", "at character 1")]
    [TestCase("event", "=, !=, <, <=, >, >=, in or starts_with is expected at character 6")]
    [TestCase("event = ", "is expected at character 9")]
    [TestCase("event = 'x", "the text does not end at character 9")]
    [TestCase("event = 'x' and", "at character 16")]
    [TestCase("event = 'x' 'y'", "\"and\", \"or\" or the end is expected at character 13")]
    [TestCase("level = 'x'", "event, timestamp, resource_id or data.NAME is expected at character 1")]
    [TestCase("data..x = 1", "at character 1")]
    [TestCase("data.n = 1e999", "is expected at character 10")]
    [TestCase("data.n = NaN", "is expected at character 10")]
    [TestCase("(event = 'x'", "\")\" is expected at character 13")]
    [TestCase("event in 'x'", "\"(\" is expected behind in at character 10")]
    [TestCase("event in ('x' 'y')", "at character 15")]
    [TestCase("event starts_with 1", "a text is expected behind starts_with")]
    [TestCase("event == 'x'", "is expected at character 8")]
    public void What_is_wrong_is_said_with_its_place(string text, string expected)
    {
        Assert.That(FilterExpression.TryParse(text, out _, out string? problem), Is.False);
        Assert.That(problem, Does.Contain(expected));
    }

    [Test]
    public void Length_depth_and_number_of_values_are_bounded()
    {
        Assert.That(Problem(new string('(', 1_000) + "event = 1"), Does.Contain("nested deeper than 20"));
        Assert.That(Problem(string.Concat(Enumerable.Repeat("not ", 400)) + "event = 1"), Does.Contain("nested deeper than 20"));
        Assert.That(Problem($"data.n in ({string.Join(',', Enumerable.Range(0, 101))})"), Does.Contain("more than 100 values"));
        Assert.That(Problem($"event = '{new string('x', 2_000)}'"), Does.Contain("at most 2000"));

        static string? Problem(string text) => FilterExpression.TryParse(text, out _, out string? problem) ? null : problem;
    }

    [Test]
    public async Task Stream_and_history_take_an_expression_and_refuse_a_wrong_one()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Log("a", "one", "error");
        server.Log("b", "two");
        server.Log("c", "two", "error");
        const string Query = "?limit=10&filter=data.level%20%3D%20%27error%27%20and%20resource_id%20%3D%20%27two%27";
        using StreamUnderTest stream = await server.OpenAsync(Query);
        Assert.That((await stream.ReadEventAsync())!.Data, Does.Contain("\"message\":\"c\""));
        using JsonDocument history = JsonDocument.Parse(await server.Http.GetStringAsync(new Uri(server.Events + "/history" + Query)));
        Assert.That(history.RootElement.GetProperty("events").GetArrayLength(), Is.EqualTo(1));
        using HttpResponseMessage wrong = await server.Http.GetAsync(new Uri(server.Events + "?filter=data.level"));
        Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await wrong.Content.ReadAsStringAsync(), Does.Contain("at character 11"));
    }

    [Test]
    public async Task Filter_of_a_running_stream_changes_at_a_place_that_is_told()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using StreamUnderTest stream = await server.OpenAsync("?resource_id=one");
        string id = stream.Response.Headers.GetValues("Engine-Stream").Single();
        Assert.That((await stream.ReadAsync())!.Comment, Is.EqualTo($": stream {id}"));
        server.Log("1", "one");
        server.Log("2", "two");
        Assert.That((await stream.ReadEventAsync())!.Data, Does.Contain("\"message\":\"1\""));
        Eventually.IsTrue(() => server.Gateway.GetStreams(1).Single().Lag == 0);

        using HttpResponseMessage changed = await PostAsync(server, id, "?filter=resource_id%20%3D%20%27two%27");
        Assert.That(changed.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await changed.Content.ReadAsStringAsync(), Is.EqualTo($$"""{"stream":{{id}},"from":3}"""));
        server.Log("3", "one");
        server.Log("4", "two");
        List<Block> blocks = await stream.ReadEventsAsync(2);
        Assert.That((blocks[0].Event, blocks[0].Id), Is.EqualTo(("filter", $"{server.Gateway.History.Epoch}:2")));
        using JsonDocument told = JsonDocument.Parse(blocks[0].Data!);
        Assert.That(told.RootElement.GetProperty("from").GetInt64(), Is.EqualTo(3));
        Assert.That(told.RootElement.GetProperty("filter").GetString(), Is.EqualTo("filter=resource_id = 'two'"));
        Assert.That(blocks[1].Data, Does.Contain("\"message\":\"4\""));
    }

    [Test]
    public async Task Only_its_own_client_changes_a_stream_and_only_by_what_is_right()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using StreamUnderTest stream = await server.OpenAsync();
        string id = stream.Response.Headers.GetValues("Engine-Stream").Single();
        Assert.That(await StatusAsync(id, "?type=nothing"), Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await StatusAsync(id, "?limit=5"), Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await StatusAsync("999", ""), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await StatusAsync("x", ""), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await StatusAsync(id, "", "http://elsewhere.example"), Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await StatusAsync(id, "", server.Address.GetLeftPart(UriPartial.Authority)), Is.EqualTo(HttpStatusCode.OK));

        async Task<HttpStatusCode> StatusAsync(string stream, string query, string? origin = null)
        {
            using HttpResponseMessage response = await PostAsync(server, stream, query, origin);
            return response.StatusCode;
        }
    }

    private static async Task<HttpResponseMessage> PostAsync(ServerUnderTest server, string stream, string query, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{server.Events}/streams/{stream}/filter{query}"));
        if (origin is not null)
            request.Headers.TryAddWithoutValidation("Origin", origin);
        return await server.Http.SendAsync(request);
    }
}
