using Engine.Emulator;
using Engine.Emulator.Guests;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Storage.Databases;
using Engine.Storage.Journals;
using Engine.Storage.Sourcing;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator;

/// <summary>A recorded machine that goes on from a checkpoint, in another process as far as anybody can tell.</summary>
internal sealed class MachineCheckpointTests
{
    private const ulong Half = 150_000;
    private const string Screen = "screen";

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task What_runs_from_a_checkpoint_is_what_the_journal_has_behind_it()
    {
        await using (StorageDatabase database = StorageDatabase.Sqlite(_folder.PathOf("places.db")))
        {
            var checkpoints = new MachineCheckpoints(new SqlSnapshotStore(database), "guest");
            Assert.That(await checkpoints.LoadAsync(), Is.Null);
            await RecordAsync("first", async (board, journal) =>
            {
                board.Boot(board.LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name).EntryPoint);
                board.Machine.Run(Half);
                MachineCheckpoint made = await checkpoints.SaveAsync(
                    board.Machine, journal, () => new Dictionary<string, long> { [Screen] = 42 });
                Assert.That(made.RetiredInstructions, Is.EqualTo(Half));
                board.Machine.Run(Half);
            });
        }

        await using StorageDatabase again = StorageDatabase.Sqlite(_folder.PathOf("places.db"));
        var store = new MachineCheckpoints(new SqlSnapshotStore(again), "guest");
        MachineCheckpoint checkpoint = (await store.LoadAsync())!;
        Assert.That((checkpoint.RetiredInstructions, checkpoint.Subscribers[Screen]), Is.EqualTo((Half, 42L)));
        Assert.That(await store.LoadAsync(Half - 1), Is.Null);
        MachineStreamPlace place = checkpoint.Streams.Single(static place => place.EventType == "vm.instruction");
        Assert.That(place.NextSequence, Is.EqualTo((long)Half));
        await RecordAsync("second", (board, _) =>
        {
            checkpoint.RestoreTo(board.Machine);
            board.Machine.Run(Half);
            return Task.CompletedTask;
        });
        InstructionRetired[] recorded = Instructions(checkpoint.JournalDirectory);
        Assert.That(recorded, Has.Length.EqualTo(2 * (int)Half));
        Assert.That(Instructions(_folder.PathOf("second")), Is.EqualTo(recorded[(int)place.NextSequence..]));
        Assert.That(await store.DeleteAsync(), Is.EqualTo(1));
        Assert.That(await store.LoadAsync(), Is.Null);
    }

    [Test]
    public async Task A_checkpoint_that_cannot_be_read_gives_way_to_an_older_one()
    {
        await using StorageDatabase database = StorageDatabase.Sqlite(_folder.PathOf("places.db"));
        var snapshots = new SqlSnapshotStore(database);
        var checkpoints = new MachineCheckpoints(snapshots, "m");
        using var board = new VirtBoard(new VirtBoardOptions());
        await checkpoints.SaveAsync(board.Machine);
        await snapshots.SaveAsync(new Snapshot("machine-m", 100, 1, new byte[] { 1, 2, 3 }));
        await snapshots.SaveAsync(new Snapshot("machine-m", 200, 2, new byte[] { 1, 2, 3 }));
        MachineCheckpoint found = (await checkpoints.LoadAsync())!;
        Assert.That((found.RetiredInstructions, found.JournalDirectory), Is.EqualTo((0UL, "")));
    }

    private async Task RecordAsync(string name, Func<VirtBoard, Journal, Task> run)
    {
        using Journal journal = Journal.Open(_folder.PathOf(name));
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        journal.Record<InstructionRetired>(engine);
        engine.Start();
        using (var board = new VirtBoard(new VirtBoardOptions(), engine))
            await run(board, journal);
        engine.StopDrained();
        Assert.That(journal.Close().IsComplete, Is.True);
    }

    private static InstructionRetired[] Instructions(string journal)
    {
        var all = new List<InstructionRetired>();
        using JournalReader reader = JournalReader.Open(journal);
        while (reader.TryRead(out JournalFrame frame))
        {
            if (frame.Header.Stream.EventType != InstructionRetired.Descriptor.Name)
                continue;
            var events = new InstructionRetired[frame.Header.Count];
            frame.Decode<InstructionRetired>(events);
            all.AddRange(events);
        }

        return [.. all];
    }
}
