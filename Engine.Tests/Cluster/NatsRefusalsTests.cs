using Engine.Cluster.Transport;

namespace Engine.Tests.Cluster;

/// <summary>What a server refuses ends the calls that it is about, and no others.</summary>
internal sealed class NatsRefusalsTests
{
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    [TestCase("events.secret", "Permissions Violation for Publish to \"events.secret\"", true)]
    [TestCase("events", "Permissions Violation for Publish to \"events.secret\"", false)]
    [TestCase("own", "Permissions Violation for Publish to \"$JS.API.STREAM.CREATE.own\"", true)]
    [TestCase("own", "Permissions Violation for Publish to \"$JS.API.CONSUMER.CREATE.own.group\"", true)]
    [TestCase("own", "Permissions Violation for Publish to \"$JS.API.STREAM.CREATE.others-own\"", false)]
    [TestCase("own", "Permissions Violation for Publish to \"vm.own\"", false)]
    [TestCase("events.secret", "Stale Connection", false)]
    public void A_refusal_ends_the_call_that_it_is_about(string subject, string text, bool isOfIt)
    {
        var refusals = new NatsRefusals(Memory);
        using NatsRefusals.Call running = refusals.Begin(subject, long.MaxValue, CancellationToken.None);
        refusals.Note(text);
        Assert.That((running.IsRefused, running.Token.IsCancellationRequested), Is.EqualTo((isOfIt, isOfIt)));
    }

    [Test]
    public void One_that_came_since_the_call_was_begun_ends_what_goes_on_with_it_and_an_older_one_does_not()
    {
        const string Text = "Permissions Violation for Publish to \"a.b\"";
        var refusals = new NatsRefusals(Memory);
        refusals.Note(Text);
        using NatsRefusals.Call goesOn = refusals.Begin("a.b", long.MinValue, CancellationToken.None);
        using NatsRefusals.Call later = refusals.Begin("a.b", long.MaxValue, CancellationToken.None);
        Assert.That((goesOn.IsRefused, later.IsRefused), Is.EqualTo((true, false)));
        Assert.That(refusals.Find("a.b", TimeSpan.Zero), Is.EqualTo(Text));
        Assert.That(refusals.Find("c.d", TimeSpan.Zero), Is.Null);
    }

    [Test]
    public void A_call_that_has_ended_is_told_nothing()
    {
        var refusals = new NatsRefusals(Memory);
        NatsRefusals.Call ended = refusals.Begin("a.b", long.MaxValue, CancellationToken.None);
        ended.Dispose();
        refusals.Note("Permissions Violation for Publish to \"a.b\"");
        Assert.That(ended.IsRefused, Is.False);
    }
}
