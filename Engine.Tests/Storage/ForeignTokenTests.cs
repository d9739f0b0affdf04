using Engine.Cluster.Fleet;
using Engine.Storage.DeadLetters;
using Engine.Storage.Facade;
using Engine.Storage.Subscriptions;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Storage;

/// <summary>
/// Whoever delivers or carries out something registers with the token what throws: when the time is over, that is the outcome, and the
/// process goes on.
/// </summary>
internal sealed class ForeignTokenTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(1);

    private readonly ManualResetEventSlim _called = new();

    [SetUp]
    public void Reset() => _called.Reset();

    [OneTimeTearDown]
    public void Dispose() => _called.Dispose();

    [Test]
    public async Task Of_a_dead_letter()
    {
        await using var database = new DatabaseUnderTest(StorageKind.Sqlite);
        var letters = new SqlDeadLetters(database.Open(), new DeadLetterOptions { DeliveryTimeout = Short });
        await letters.AddAsync(DeadLetter.For(
            SampleEvents.Event() with { Sequence = 1 }, "s", 1, "no", null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));
        var redriver = new DeadLetterRedriver(letters, RedriveTarget.To("s", async (_, _, token) => await HangAsync(token)));
        RedriveReport report = await redriver.RedriveAsync(new DeadLetterFilter());
        Assert.That((report.Matched, report.NotTaken), Is.EqualTo((1, 1)));
        Eventually.IsOpen(_called);
    }

    [Test]
    public async Task Of_a_processor()
    {
        await using var pool = new ExecutorPool("test", new() { Parallelism = 1 });
        var executor = new ProcessorExecutor(pool, Short);
        Assert.ThrowsAsync<TimeoutException>(
            () => executor.ExecuteProcessorAsync(new Processor(this), new EventDelivery(SampleEvents.Event(), 1, false)));
        Eventually.IsOpen(_called);
    }

    [Test]
    public async Task Of_a_command()
    {
        using var folder = new TemporaryFolder();
        byte[] key = new byte[32];
        using var commands = new FleetCommands(
            new FleetCommandOptions
            {
                Keys = [new CommandKey("operator", key, ["*"])],
                TrailFile = folder.PathOf("trail"),
                Timeout = TimeSpan.FromSeconds(1),
            },
            new Dictionary<string, CommandHandler>
            {
                ["hang"] = async (_, token) =>
                {
                    await HangAsync(token);
                    return "";
                },
            });
        FleetResult? result = await commands.TakeAsync(
            "a", FleetCommand.Create("*", "hang", "", "operator", key, DateTimeOffset.UtcNow), CancellationToken.None);
        Assert.That((result!.Outcome, result.Text), Is.EqualTo((CommandOutcome.Failed, "it did not end in time")));
        Eventually.IsOpen(_called);
    }

    private async Task HangAsync(CancellationToken cancellationToken)
    {
        cancellationToken.Register(() =>
        {
            _called.Set();
            throw new FormatException("Of whoever has the token.");
        });
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private sealed class Processor(ForeignTokenTests test) : IEventProcessor
    {
        public string Id => "hangs";

        public string Name => "hangs";

        public async ValueTask ProcessAsync(EventDelivery delivery, CancellationToken cancellationToken) =>
            await test.HangAsync(cancellationToken);
    }
}
