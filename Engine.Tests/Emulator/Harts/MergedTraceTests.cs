using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Engine.Emulator;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Order;

namespace Engine.Tests.Emulator.Harts;

/// <summary>Events of harts in turn, merged into one stream: the same bytes in each run.</summary>
public sealed class MergedTraceTests
{
    [Test]
    public async Task One_order_is_the_same_whatever_the_threads_do()
    {
        Trace expected = await Record(dispatchers: 1, isLoaded: false);
        Trace[] others =
        [
            await Record(dispatchers: 1, isLoaded: true),
            await Record(dispatchers: 2, isLoaded: false),
            await Record(dispatchers: 4, isLoaded: true),
        ];
        Assert.Multiple(() =>
        {
            Assert.That(others, Is.All.EqualTo(expected));
            Assert.That(expected.Instructions, Is.EqualTo(expected.Retired), "each instruction of each hart is in the stream");
            Assert.That(expected.Accesses, Is.Positive);
        });
    }

    [Test]
    public async Task Harts_on_threads_are_merged_in_the_order_of_their_time()
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        engine.Start();
        using VirtBoard board = HartsGuest.Boot(
            new MachineOptions { HartCount = 3, Scheduling = HartScheduling.Threads }, rounds: 5, engine);
        long last = long.MinValue;
        long count = 0;
        bool isOrdered = true;
        MergedSubscription merged = engine.SubscribeMerged<BlockExecuted>(
            (events, _) =>
            {
                foreach (MergedEvent<BlockExecuted> item in events)
                {
                    isOrdered &= item.VirtualTime >= last;
                    last = item.VirtualTime;
                    count += item.Event.RetiredCount;
                }
            },
            new MergeOptions<BlockExecuted>
            {
                Producers = board.Machine.Producers,
                Duration = static block => block.RetiredCount,
                Capacity = 4_096,
            });
        MachineRunResult result = board.Machine.Run();
        await merged.CompleteAsync();
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero);
            Assert.That(isOrdered, Is.True);
            Assert.That(count, Is.EqualTo((long)board.Machine.RetiredInstructions));
            Assert.That(merged.Statistics.Refused + merged.Statistics.OutOfOrder, Is.Zero);
        });
    }

    private static async Task<Trace> Record(int dispatchers, bool isLoaded)
    {
        using var load = new Load(isLoaded ? 2 : 0);
        await using EventEngine engine =
            new EngineBuilder().AddVmEvents().Configure(options => options.DispatcherCount = dispatchers).Build();
        engine.Start();
        using VirtBoard board = HartsGuest.Boot(new MachineOptions { HartCount = 4, TurnInstructions = 700 }, rounds: 3, engine);

        // What dispatched subscribers do meanwhile is nothing to the order.
        engine.SubscribeBatch<InstructionRetired>(static (_, in _) => { });
        var instructions = new Sink<InstructionRetired>(engine, board.Machine, static _ => 1);
        var accesses = new Sink<MmioAccessed>(engine, board.Machine, duration: null);
        MachineRunResult result = board.Machine.Run();
        Assert.That(result.ExitCode, Is.Zero);
        return new Trace(
            await instructions.HashAsync(), await accesses.HashAsync(), instructions.Count, (long)board.Machine.RetiredInstructions,
            accesses.Count);
    }

    private sealed record Trace(string InstructionHash, string AccessHash, long Instructions, long Retired, long Accesses);

    private sealed class Sink<T>
        where T : unmanaged, IEvent<T>
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly MergedSubscription _merged;

        public Sink(EventEngine engine, Machine machine, Func<T, long>? duration) => _merged = engine.SubscribeMerged<T>(
            (events, _) =>
            {
                foreach (MergedEvent<T> item in events)
                {
                    T @event = item.Event;
                    _hash.AppendData(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in @event, 1)));
                    _hash.AppendData(BitConverter.GetBytes(item.VirtualTime));
                    _hash.AppendData(BitConverter.GetBytes(item.Sequence));
                    _hash.AppendData(BitConverter.GetBytes(item.Producer));
                }
            },
            new MergeOptions<T> { Producers = machine.Producers, Duration = duration });

        public long Count => _merged.Statistics.Delivered;

        public async Task<string> HashAsync()
        {
            await _merged.CompleteAsync();
            Assert.That(_merged.Statistics.Refused + _merged.Statistics.OutOfOrder, Is.Zero);
            return Convert.ToHexString(_hash.GetHashAndReset());
        }
    }

    /// <summary>Threads that compute until they are told to end.</summary>
    private sealed class Load : IDisposable
    {
        private readonly Thread[] _threads;
        private volatile bool _isOver;

        public Load(int count)
        {
            _threads = [.. Enumerable.Range(0, count).Select(_ => new Thread(() =>
            {
                while (!_isOver)
                    Thread.SpinWait(100);
            }))];
            foreach (Thread thread in _threads)
                thread.Start();
        }

        public void Dispose()
        {
            _isOver = true;
            foreach (Thread thread in _threads)
                thread.Join();
        }
    }
}
