using System.Diagnostics.Tracing;

namespace Engine.Emulator.Cli;

/// <summary>
/// What profilers of the host's process are told of the guest within it. Its code is data to the host, so no sample of a
/// processor's stack can name a guest's function.
/// </summary>
[EventSource(Name = SourceName)]
internal sealed class GuestEventSource : EventSource
{
    public const string SourceName = "Engine.Emulator";

    private GuestEventSource()
    {
    }

    public static GuestEventSource Log { get; } = new();

    /// <summary>A function is among the hottest.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="instructionShare">The share that its hot blocks have of all instructions so far, from 0 to 1.</param>
    [Event(1, Level = EventLevel.Informational, Message = "{0}: {1} of the guest's instructions")]
    public void GuestFunctionSampled(string function, double instructionShare) => WriteEvent(1, function, instructionShare);
}
