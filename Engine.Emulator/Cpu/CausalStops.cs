using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// What is asked before an event happens. The events of one moment (a trap's fault, call and exception) are offered in their order; when
/// one of them stops the hart, the moment comes again as it was, and what has been offered of it is not offered twice.
/// </summary>
/// <param name="matchers">The conditions, which harts share.</param>
/// <param name="order">What harts on threads ask by; null where one thread runs all harts.</param>
internal sealed class CausalStops(ConditionMatcher[] matchers, CausalOrder? order = null)
{
    private Moment _moment;
    private int _offered;
    private int _skipped;
    private int _toSkip;
    private Moment _lastInstruction = new(MomentKind.None, ulong.MaxValue, 0);
    private ConditionProgress[]? _beforeInstruction;
    private ConditionProgress[] _afterInstruction = [];

    /// <summary>The conditions.</summary>
    public ConditionMatcher[] Matchers { get; } = matchers;

    /// <summary>Why the hart has stopped, to be taken by the machine; or null.</summary>
    public CausalHit? Hit { get; set; }

    /// <summary>Whether other instructions may match than before: decoded blocks have to go.</summary>
    public bool HaveMarksChanged { get; set; }

    /// <summary>Whether the hart is to stand still: it has stopped before an event, or another one has.</summary>
    public bool HasStopped => Hit is not null || order is { HasHit: true };

    /// <summary>Whether there is a condition on instructions.</summary>
    public bool MarksInstructions { get; } = Array.Exists(matchers, static m => m.Condition.IsAbout<InstructionRetired>());

    /// <summary>How far all conditions have matched, and what has been offered.</summary>
    public CausalProgress Progress => new(
        [.. Matchers.Select(static matcher => (matcher, matcher.Progress))], _moment, _toSkip, _lastInstruction);

    /// <summary>Goes back; conditions that are younger begin anew.</summary>
    public void SetBack(CausalProgress? progress)
    {
        foreach (ConditionMatcher matcher in Matchers)
            matcher.Progress = progress?.Conditions.FirstOrDefault(pair => pair.Matcher == matcher).Progress ?? default;

        _moment = progress?.Moment ?? default;
        _toSkip = progress?.ToSkip ?? 0;
        _lastInstruction = progress?.LastInstruction ?? new Moment(MomentKind.None, ulong.MaxValue, 0);
        _beforeInstruction = null;
        Hit = null;
    }

    /// <summary>The conditions have become more or less: what has been offered of this moment has been.</summary>
    public void GoOnFrom(CausalStops earlier)
    {
        (_moment, _toSkip, _lastInstruction) = (earlier._moment, earlier._toSkip, earlier._lastInstruction);
        if (earlier.Hit is { } hit && Matchers.Contains(hit.Matcher))
            Hit = hit;
    }

    /// <summary>Begins a moment.</summary>
    public void Begin(MomentKind kind, ulong retired, ulong pc)
    {
        var moment = new Moment(kind, retired, pc);
        _toSkip = moment == _moment ? _toSkip : 0;
        _skipped = _toSkip;
        _moment = moment;
        _offered = 0;
    }

    /// <summary>An event of the moment is about to happen; true where the hart has to stop before it.</summary>
    public bool StopsBefore<T>(in T @event, ExecutionPoint at)
        where T : unmanaged, IEvent<T>
    {
        using CausalOrder.Turn turn = CausalOrder.Enter(order);
        _offered++;
        if (order is { HasHit: true })
        {
            // Another hart stands before an event: this one waits, and comes again.
            _toSkip = Math.Max(_skipped, _offered - 1);
            return true;
        }

        if (_toSkip > 0)
        {
            _toSkip--;
            return false;
        }

        if (!Offer(@event, at))
            return false;
        _toSkip = _offered;
        return true;
    }

    /// <summary>An instruction is about to run; true where the hart has to stop before it.</summary>
    public bool StopsBefore(in InstructionRetired instruction, ExecutionPoint at)
    {
        using CausalOrder.Turn turn = CausalOrder.Enter(order);
        if (order is { HasHit: true })
            return true;
        var moment = new Moment(MomentKind.None, at.RetiredInstructions, at.Pc);
        if (moment == _lastInstruction)
            return false;
        _lastInstruction = moment;
        _beforeInstruction = [.. Matchers.Select(static matcher => matcher.Progress)];
        bool stops = Offer(instruction, at);
        _afterInstruction = [.. Matchers.Select(static matcher => matcher.Progress)];
        return stops;
    }

    /// <summary>A trap comes before an instruction that was offered: it does not retire, and is offered anew when it runs.</summary>
    public void NotRun(ulong retired, ulong pc)
    {
        if (_beforeInstruction is null || _lastInstruction != new Moment(MomentKind.None, retired, pc))
            return;
        using CausalOrder.Turn turn = CausalOrder.Enter(order);
        for (int index = 0; index < Matchers.Length; index++)
            TakeBack(Matchers[index], _beforeInstruction[index], _afterInstruction[index]);
        _beforeInstruction = null;
    }

    /// <summary>
    /// Whether an instruction may be one that is waited for. Harts on threads mark those of all steps: they do not decode anew when
    /// another hart has come to the next step.
    /// </summary>
    public bool Marks(in InstructionRetired instruction)
    {
        using CausalOrder.Turn turn = CausalOrder.Enter(order);
        foreach (ConditionMatcher matcher in Matchers)
        {
            if (order is null ? matcher.CouldMatch(instruction) : matcher.CouldMatchAnyStep(instruction))
                return true;
        }

        return false;
    }

    private bool Offer<T>(in T @event, ExecutionPoint at)
        where T : unmanaged, IEvent<T>
    {
        foreach (ConditionMatcher matcher in Matchers)
        {
            int step = matcher.Step;
            if (matcher.Offer(@event))
                Hit ??= new CausalHit(matcher, at, T.Descriptor.Name, @event);
            HaveMarksChanged |= MarksInstructions && order is null && step != matcher.Step;
        }

        if (order is not null && Hit is not null)
            order.HasHit = true;
        return Hit is not null;
    }

    // What another hart has matched meanwhile stays: only what this instruction counted goes. Where another hart has begun with the next
    // step by now, there is no way back.
    private void TakeBack(ConditionMatcher matcher, ConditionProgress before, ConditionProgress after)
    {
        ConditionProgress now = matcher.Progress;
        bool isCounted = after.HitCount == before.HitCount && after != before;
        if (!isCounted)
            return;
        if (now == after)
            Set(matcher, before);
        else if (after.Step == before.Step && now.Step == after.Step && now.HitCount == after.HitCount && now.Count > 0)
            matcher.Progress = now with { Count = now.Count - 1 };
    }

    private void Set(ConditionMatcher matcher, ConditionProgress progress)
    {
        HaveMarksChanged |= order is null && matcher.Step != progress.Step;
        matcher.Progress = progress;
    }
}

/// <summary>An instruction at which something may happen.</summary>
/// <param name="Kind">What.</param>
/// <param name="Retired">Instructions retired before.</param>
/// <param name="Pc">Its address.</param>
internal readonly record struct Moment(MomentKind Kind, ulong Retired, ulong Pc);

/// <summary>A stop before an event.</summary>
/// <param name="Matcher">The condition that was fulfilled.</param>
/// <param name="At">Where.</param>
/// <param name="EventType">Name of the event type.</param>
/// <param name="Event">The event as it is about to be.</param>
internal sealed record CausalHit(ConditionMatcher Matcher, ExecutionPoint At, string EventType, object Event);

/// <summary>How far causal breakpoints have come: part of a cut.</summary>
internal sealed record CausalProgress(
    IReadOnlyList<(ConditionMatcher Matcher, ConditionProgress Progress)> Conditions, Moment Moment, int ToSkip, Moment LastInstruction);

/// <summary>What may happen at an instruction.</summary>
internal enum MomentKind
{
    None,
    Exception,
    Interrupt,
    Return,
    Device,
}
