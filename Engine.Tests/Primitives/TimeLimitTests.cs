using System.Text.RegularExpressions;
using Engine.Primitives;
using Engine.Tests.Architecture;
using Engine.Tests.Support;

namespace Engine.Tests.Primitives;

/// <summary>What others registered with a token may throw when a time is over: no process ends, and all of it is called.</summary>
internal sealed partial class TimeLimitTests
{
    // Sources that cancel themselves by a timer, with nothing but our own code behind their tokens.
    private static readonly string[] OwnTokens =
    [
        "Engine/Primitives/TimeLimit.cs", "Engine.Bus/Messages/MessageQueue.Room.cs", "Engine.Bus/Bus/StopPatience.cs",
        "Engine.Cluster/Fleet/FleetClient.cs", "Engine.Cluster/Transport/NatsTransport.cs", "Engine.Cluster/Transport/RabbitConsumer.cs",
        "Engine.Gateway/Client/TimedStream.cs", "Engine.Dashboard/Api/ApiClient.cs", "Engine.Emulator/Cli/CancelKey.cs",
        "Engine.Fleet/Cli/FleetRuns.cs", "Engine.Fleet/Cli/FleetUp.cs", "tools/perfcollect/Collect/Collection.cs",
        "tools/perfcollect/Collect/EventCapture.cs",
    ];

    [Test]
    public void What_was_registered_throws_and_nobody_hears_it()
    {
        using var called = new CountdownEvent(2);
        using var limit = new TimeLimit(CancellationToken.None);
        limit.Token.Register(() => Throw(called));
        limit.Token.Register(() => Throw(called));
        Assert.That(limit.IsOver, Is.False);
        limit.Begin(TimeSpan.FromTicks(1));
        Assert.That(called.Wait(Eventually.HangGuard), Is.True);
        Assert.That(limit.IsOver, Is.True);
    }

    [Test]
    public async Task It_ends_with_what_is_outside()
    {
        using var outer = new CancellationTokenSource();
        using var limit = new TimeLimit(TimeSpan.FromDays(1), outer.Token);
        await outer.CancelAsync();
        Assert.That(limit.IsOver, Is.True);
    }

    [Test]
    public void Once_disposed_its_time_cancels_nothing()
    {
        var limit = new TimeLimit(TimeSpan.FromDays(49), CancellationToken.None);
        CancellationToken token = limit.Token;
        limit.Dispose();
        Assert.That(token.IsCancellationRequested, Is.False);
        Assert.Throws<ObjectDisposedException>(() => limit.Begin(TimeSpan.Zero));
    }

    [Test]
    public void Nothing_else_gives_out_a_token_that_a_timer_cancels() => Assert.That(
        from file in SourceTree.SourcesUnder(".")
        let path = SourceTree.Relative(Path.GetFullPath(file))
        where !path.StartsWith("Engine.Tests/", StringComparison.Ordinal) && !path.StartsWith("Engine.Bench/", StringComparison.Ordinal)
            && TimedSource().IsMatch(File.ReadAllText(file))
        select path,
        Is.EquivalentTo(OwnTokens));

    private static void Throw(CountdownEvent called)
    {
        called.Signal();
        throw new FormatException("Of whoever has the token.");
    }

    [GeneratedRegex(@"\.CancelAfter\(|new CancellationTokenSource\([^)]")]
    private static partial Regex TimedSource();
}
