using Engine.Events;

namespace Engine.Emulator;

/// <summary>
/// Stops a machine before an event. Belongs to the thread that runs the machine; disposing it, between two runs, takes it away.
/// </summary>
public sealed class CausalBreakpoint : IDisposable
{
    private readonly Machine _machine;

    internal CausalBreakpoint(Machine machine, EventCondition condition)
    {
        _machine = machine;
        Condition = condition;
        Matcher = new ConditionMatcher(condition);
    }

    /// <summary>When it stops.</summary>
    public EventCondition Condition { get; }

    /// <summary>Times it has stopped the machine.</summary>
    public long HitCount => Matcher.HitCount;

    /// <summary>Times a test of the condition threw; the event then did not pass.</summary>
    public long ErrorCount => Matcher.ErrorCount;

    /// <summary>What a test threw last, or null.</summary>
    public Exception? LastError => Matcher.LastError;

    internal ConditionMatcher Matcher { get; }

    /// <summary>Takes it away.</summary>
    public void Dispose() => _machine.Remove(this);
}
