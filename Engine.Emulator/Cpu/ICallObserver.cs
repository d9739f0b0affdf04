using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>Follows a <see cref="CallRecorder"/>. Times are counts of retired instructions.</summary>
internal interface ICallObserver
{
    /// <summary>A function or a trap was entered; it is on top of the stack now.</summary>
    void Entered(in CallFrame frame, ulong retired);

    /// <summary>All above a depth was left.</summary>
    void Left(int depth, ulong retired);

    /// <summary>The guest goes on with another stack.</summary>
    void Switched(ReadOnlySpan<CallFrame> frames, ulong retired);

    /// <summary>The privilege mode changed.</summary>
    void ModeChanged(PrivilegeMode mode, ulong retired);
}
