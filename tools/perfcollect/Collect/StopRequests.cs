using System.Runtime.InteropServices;

namespace Engine.PerfCollect.Collect;

/// <summary>
/// Ctrl+C and the signals that ask to end. The first asks the capture to end and write its files; the second ends the
/// tool after the given clean-up.
/// </summary>
internal sealed class StopRequests : IDisposable
{
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action _abandon;
    private int _count;

    public StopRequests(Action abandon)
    {
        _abandon = abandon;
        _registrations =
        [
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }
                .Select(signal => PosixSignalRegistration.Create(signal, OnSignal)),
        ];
    }

    /// <summary>Ends with the first request.</summary>
    public Task Requested => _requested.Task;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) == 1)
        {
            _requested.TrySetResult();
            return;
        }

        _abandon();
        Notices.Write("given up; the files are not complete");
        Environment.Exit(ExitCodes.Abandoned);
    }
}
