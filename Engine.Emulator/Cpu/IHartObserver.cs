using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// Follows a hart, what its <see cref="CallRecorder"/> finds included, on the thread that runs it. Times are counts of retired
/// instructions.
/// </summary>
internal interface IHartObserver
{
    /// <summary>A function or a trap was entered; it is on top of the stack now.</summary>
    void Entered(in CallFrame frame, ulong retired);

    /// <summary>All above a depth was left.</summary>
    void Left(int depth, ulong retired);

    /// <summary>The guest goes on with another stack.</summary>
    void Switched(ReadOnlySpan<CallFrame> frames, ulong retired);

    /// <summary>The privilege mode changed.</summary>
    void ModeChanged(PrivilegeMode mode, ulong retired);

    /// <summary>The hart waited for some of its cycles, which are about to be added to its time.</summary>
    void Waited(ulong cycles);

    /// <summary>Called now and then between two slices.</summary>
    void Polled();
}
