using Microsoft.Extensions.Logging;

namespace Engine.Bus;

/// <summary>
/// Logs failures of a bus's handlers, at most <see cref="MaxPerSecond"/> in one second, so that a handler that fails on every
/// event does not fill the log. How many were left out is said before the next one that is logged. Thread-safe.
/// </summary>
internal sealed class HandlerErrorLog(ILogger logger, string bus, TimeProvider timeProvider)
{
    public const int MaxPerSecond = 10;

    private readonly Lock _lock = new();
    private long _second;
    private int _logged;
    private long _leftOut;

    public void Write(in BusHandlerError error)
    {
        long second = timeProvider.GetTimestamp() / timeProvider.TimestampFrequency;
        long leftOut;
        lock (_lock)
        {
            if (second != _second)
            {
                _second = second;
                _logged = 0;
            }

            if (_logged == MaxPerSecond)
            {
                _leftOut++;
                return;
            }

            _logged++;
            leftOut = _leftOut;
            _leftOut = 0;
        }

        if (leftOut > 0)
            FactoryLog.LeftOut(logger, bus, leftOut);
        FactoryLog.HandlerFailed(logger, bus, error);
    }
}
