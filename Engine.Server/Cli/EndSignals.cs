using System.Runtime.InteropServices;

namespace Engine.Server.Cli;

/// <summary>
/// Ctrl+C and the signal to terminate: the first ends the program in order, another ends the process as the system does it. What
/// comes within a second of the first is the same one, sent to the process and to its group.
/// </summary>
internal sealed class EndSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private long _first;

    public EndSignals(Action end) => _registrations =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT }.Select(signal => PosixSignalRegistration.Create(
            signal,
            context =>
            {
                long now = Math.Max(1, Environment.TickCount64);
                long first = Interlocked.CompareExchange(ref _first, now, 0);
                context.Cancel = first == 0 || now - first < 1000;
                if (first == 0)
                    end();
            })),
    ];

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
    }
}
