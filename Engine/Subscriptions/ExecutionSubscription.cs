using System.Diagnostics;
using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Subscriptions;

/// <summary>
/// A subscription to the execution of one virtual CPU that goes from instructions to blocks to counters while its events come faster
/// than they are handled, and back. It changes at exact instructions, and each change is published (<see cref="DetailChanged"/>), so
/// that sums are right to the instruction. All members are thread-safe.
/// </summary>
[DebuggerDisplay("{Name,nq}: {Totals}")]
public sealed class ExecutionSubscription : IDisposable
{
    private readonly SubscriptionContext _context;
    private readonly ExecutionOptions _options;
    private readonly DetailRequest _request;
    private readonly Subscription _instructions;
    private readonly Subscription _blocks;
    private ulong _seenInstructions;
    private ulong _seenInBlocks;
    private ulong _seenBlocks;

    internal ExecutionSubscription(
        SubscriptionContext context, SubscriptionRegistry<InstructionRetired> instructions, SubscriptionRegistry<BlockExecuted> blocks,
        ExecutionOptions options)
    {
        _context = context;
        _options = options;
        Id = context.NextId();
        Name = options.Name ?? $"execution-{Id}";
        var ofInstructions = new DetailWindow<InstructionRetired>();
        var ofBlocks = new DetailWindow<BlockExecuted>();
        _request = new DetailRequest(this, options, ofInstructions, ofBlocks, instructions.Refresh, blocks.Refresh);
        _instructions = instructions.AddBatchHandler(
            new InstructionHandler(this), new() { Name = $"{Name}: instructions", Window = ofInstructions });
        _blocks = blocks.AddBatchHandler(new BlockHandler(this), new() { Name = $"{Name}: blocks", Window = ofBlocks });
        context.Boundaries.Add(_request);
        context.Changed();
    }

    /// <summary>Number within the engine, from 1.</summary>
    public long Id { get; }

    /// <summary>Name for statistics and error reports.</summary>
    public string Name { get; }

    /// <summary>What it covers, to the instruction.</summary>
    public BoundaryCoverage Coverage => _context.Boundaries.Locked(() => _request.Coverage);

    /// <summary>What it has covered and seen so far.</summary>
    public ExecutionTotals Totals
    {
        get
        {
            // Handlers first: what they have seen has been covered.
            ulong instructions = Volatile.Read(ref _seenInstructions);
            ulong inBlocks = Volatile.Read(ref _seenInBlocks);
            ulong blocks = Volatile.Read(ref _seenBlocks);
            return _context.Boundaries.Locked(() => _request.Totals(instructions, inBlocks, blocks));
        }
    }

    /// <summary>Times a handler or callback threw.</summary>
    public long ErrorCount => _instructions.ErrorCount + _blocks.ErrorCount;

    /// <summary>
    /// Ends it at the virtual CPU's next look, exactly, with a last <see cref="DetailChanged"/>. What was published before is still
    /// delivered. Does not block.
    /// </summary>
    public void End()
    {
        _context.Boundaries.Locked(() =>
        {
            _request.EndSoon();
            return true;
        });
        _context.Changed();
    }

    /// <summary>
    /// Ends it as it is, without a last <see cref="DetailChanged"/>: when this returns on a thread that is not inside a handler of it, no
    /// handler is running and none is called again. Does nothing the second time.
    /// </summary>
    public void Dispose()
    {
        _context.Boundaries.Remove(_request);
        _instructions.Dispose();
        _blocks.Dispose();
    }

    /// <summary>The name and the totals.</summary>
    public override string ToString() => $"\"{Name}\": {Totals}";

    /// <summary>Tells the subscriber that a range has ended. Never throws.</summary>
    internal void TellDetail(in DetailChanged ended, ProducerInfo producer)
    {
        try
        {
            _options.OnDetailChanged?.Invoke(ended);
        }
        catch (Exception exception)
        {
            ReportError(producer, exception);
        }
    }

    /// <summary>Counts and reports what a callback threw.</summary>
    internal void ReportError(ProducerInfo producer, Exception exception) => _instructions.ReportCallbackError(producer, exception);

    // One dispatcher at a time serves a lane, so that each sum has one writer.
    private readonly struct InstructionHandler(ExecutionSubscription owner) : IBatchHandler<InstructionRetired>
    {
        public void Handle(ReadOnlySpan<InstructionRetired> events, in Envelope envelope)
        {
            Volatile.Write(ref owner._seenInstructions, owner._seenInstructions + (ulong)events.Length);
            owner._options.OnInstructions?.Invoke(events, envelope);
        }
    }

    private readonly struct BlockHandler(ExecutionSubscription owner) : IBatchHandler<BlockExecuted>
    {
        public void Handle(ReadOnlySpan<BlockExecuted> events, in Envelope envelope)
        {
            ulong instructions = 0;
            foreach (ref readonly BlockExecuted block in events)
                instructions += block.RetiredCount;
            Volatile.Write(ref owner._seenInBlocks, owner._seenInBlocks + instructions);
            Volatile.Write(ref owner._seenBlocks, owner._seenBlocks + (ulong)events.Length);
            owner._options.OnBlocks?.Invoke(events, envelope);
        }
    }
}
