using System.Text.Json;
using Engine.Gateway.Feeds;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Engine.Tests.Support;

namespace Engine.Tests.Server;

/// <summary>What is done in steps, told step by step.</summary>
public sealed class PipelineFeedTests
{
    private static readonly string[] s_steps = ["record", "close"];

    private readonly ManualTime _time = new();

    [Test]
    public async Task Life_of_a_pipeline_is_told_with_its_steps_and_figures()
    {
        await using var gateway = new EventGateway(timeProvider: _time);
        await using var feed = new PipelineFeed(
            gateway, "p", "node", s_steps, static () => new PipelineReading(0.5, [new("events", 7)]));
        Eventually.IsTrue(() => gateway.History.LastSequence >= 2);
        feed.NextStep();
        feed.NextStep();
        feed.Complete();
        feed.Fail("behind the end");
        long last = gateway.History.LastSequence;
        _time.Advance(TimeSpan.FromSeconds(10));
        await feed.DisposeAsync();
        Assert.That(gateway.History.LastSequence, Is.EqualTo(last), "Nothing comes behind the end.");
        Assert.That(await LinesAsync(gateway), Is.EqualTo(
        [
            "created running ", "1/2 25 record running 7", "2/2 75 close running 7", "2/2 100 close completed 7", "running completed ",
        ]));
    }

    [Test]
    public async Task Figures_that_cannot_be_read_are_left_out_and_an_end_without_a_word_is_told()
    {
        await using var gateway = new EventGateway(timeProvider: _time);
        foreach (Func<PipelineReading> bad in (Func<PipelineReading>[])
            [static () => throw new InvalidOperationException(), static () => new PipelineReading(double.NaN, [new("a", 1), new("a", 2)])])
        {
            await using var feed = new PipelineFeed(gateway, "p", "node", s_steps, bad);
            feed.Fail("disk full");
            Assert.That((await LinesAsync(gateway)).TakeLast(2), Is.EqualTo(["1/2 0 record failed ", "running failed disk full"]));
        }

        await using (new PipelineFeed(gateway, "p", "node", s_steps, static () => default))
        {
            // Somebody forgot to say how it ended.
        }

        Assert.That((await LinesAsync(gateway)).Last(), Is.EqualTo("running cancelled "));
        Assert.That(
            () => new PipelineFeed(gateway, "p", "node", [], static () => default),
            Throws.ArgumentException.With.Message.Contains("steps"));
    }

    [Test]
    public async Task Clock_that_is_set_back_hides_no_end()
    {
        await using var gateway = new EventGateway(timeProvider: _time);
        await using var feed = new PipelineFeed(gateway, "p", "node", s_steps, static () => default);
        _time.Advance(TimeSpan.FromHours(-1));
        feed.Complete();
        Assert.That((await LinesAsync(gateway)).Last(), Is.EqualTo("running completed "));
    }

    private static async Task<List<string>> LinesAsync(EventGateway gateway)
    {
        var batch = new FrameBatch { UpTo = gateway.History.LastSequence };
        await gateway.History.ReadAsync(batch, default);
        return [.. batch.Frames.Select(static frame =>
        {
            using JsonDocument envelope = JsonDocument.Parse(frame.Envelope);
            JsonElement data = envelope.RootElement.GetProperty("data");
            if (frame.Type == "pipeline_status")
                return $"{data.GetProperty("old_status")} {data.GetProperty("new_status")} {data.GetProperty("error")}";
            JsonElement step = data.GetProperty("step_status");
            JsonElement details = step.GetProperty("details");
            return $"{data.GetProperty("current_step")}/{data.GetProperty("total_steps")} {data.GetProperty("progress")} "
                + $"{step.GetProperty("name")} {step.GetProperty("status")} "
                + (details.ValueKind == JsonValueKind.Object ? details.GetProperty("events").ToString() : "");
        })];
    }
}
