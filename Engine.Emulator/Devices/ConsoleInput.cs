using System.Diagnostics;

namespace Engine.Emulator.Devices;

/// <summary>Bytes on their way to the guest's console: filled by any thread, emptied by the vCPU's.</summary>
public sealed class ConsoleInput
{
    /// <summary>Bytes that wait at most; a source that is faster is held back.</summary>
    public const int Capacity = 64 * 1024;

    private readonly object _gate = new();
    private readonly Queue<byte> _bytes = new();
    private volatile int _count;
    private volatile bool _isCompleted;

    /// <summary>Whether a byte is waiting.</summary>
    public bool HasData => _count != 0;

    /// <summary>Whether nothing will be added any more.</summary>
    public bool IsCompleted => _isCompleted;

    /// <summary>Adds bytes at the end, waiting for room where needed; those that come after <see cref="Complete"/> are dropped.</summary>
    public void Enqueue(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            foreach (byte value in bytes)
            {
                while (_bytes.Count >= Capacity && !_isCompleted)
                    Monitor.Wait(_gate);
                if (_isCompleted)
                    return;

                // Whoever waits for a byte waits because there was none.
                _bytes.Enqueue(value);
                _count = _bytes.Count;
                if (_count == 1)
                    Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Says that the source has ended, or that the machine takes no more.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isCompleted = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Takes the oldest byte.</summary>
    public bool TryDequeue(out byte value)
    {
        value = 0;

        // Polled from the vCPU's loop, so the empty case must not take the lock.
        if (_count == 0)
            return false;

        lock (_gate)
        {
            if (_bytes.Count == Capacity)
                Monitor.PulseAll(_gate);
            bool taken = _bytes.TryDequeue(out value);
            _count = _bytes.Count;
            return taken;
        }
    }

    /// <summary>Waits until a byte is there or the source has ended; false when the time ran out before.</summary>
    public bool Wait(TimeSpan timeout)
    {
        long start = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            while (_count == 0 && !_isCompleted)
            {
                var remaining = timeout - Stopwatch.GetElapsedTime(start);
                if (remaining <= TimeSpan.Zero)
                    return false;

                Monitor.Wait(_gate, remaining);
            }

            return true;
        }
    }
}
