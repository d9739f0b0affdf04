namespace Engine.Emulator.Memory;

/// <summary>
/// Lets unmanaged memory be freed while it may be in use: uses are counted, closing refuses new ones, and whoever ends the last one
/// frees. One thread at a time may hold the gate for long, as a run does; what it does then is not counted, and goes on to its end
/// when the gate is closed under it. All members are thread-safe.
/// </summary>
/// <param name="ownerName">What an <see cref="ObjectDisposedException"/> names.</param>
/// <param name="free">Frees the memory; called once, by the thread that ends the last use.</param>
internal sealed class UseGate(string ownerName, Action free)
{
    private const int Closed = 1 << 30;

    // The number of uses, and Closed.
    private int _state;

    // The managed thread id of the holder, or 0.
    private int _holder;

    // The gate whose holder has the thread work for it, if there is one.
    [ThreadStatic]
    private static UseGate? t_joined;

    private bool IsHolder => Volatile.Read(ref _holder) == Environment.CurrentManagedThreadId || t_joined == this;

    /// <summary>Begins a use. Does not block.</summary>
    /// <exception cref="ObjectDisposedException">The gate is closed.</exception>
    public Use Enter() => TryEnter(out Use use) ? use : throw new ObjectDisposedException(ownerName);

    /// <summary>Begins a use, unless the gate is closed. Does not block.</summary>
    public bool TryEnter(out Use use)
    {
        use = default;
        if (IsHolder)
            return true;
        int state = Volatile.Read(ref _state);
        while ((state & Closed) == 0)
        {
            int seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
            {
                use = new Use(this, isHold: false);
                return true;
            }

            state = seen;
        }

        return false;
    }

    /// <summary>Begins a use that only one thread may be in, and that the calling thread's further uses are part of.</summary>
    /// <exception cref="ObjectDisposedException">The gate is closed.</exception>
    /// <exception cref="InvalidOperationException">There is a holder, this thread or another.</exception>
    public Use Hold()
    {
        Use use = Enter();
        if (Interlocked.CompareExchange(ref _holder, Environment.CurrentManagedThreadId, 0) == 0)
            return new Use(this, isHold: true);
        use.Dispose();
        throw new InvalidOperationException($"{ownerName} is running, on this thread or another; it runs on one thread at a time.");
    }

    /// <summary>
    /// Makes what the calling thread does part of the holder's use, until <see cref="Leave"/>. The holder has to wait for the thread
    /// before it ends its own use.
    /// </summary>
    public void Join() => t_joined = this;

    /// <summary>Ends <see cref="Join"/>.</summary>
    public static void Leave() => t_joined = null;

    /// <summary>Refuses uses from now on, and frees at once if there is none. May be called again, without effect.</summary>
    public void Close()
    {
        if (Interlocked.Or(ref _state, Closed) == 0)
            free();
    }

    private void Exit()
    {
        if (Interlocked.Decrement(ref _state) == Closed)
            free();
    }

    /// <summary>A use that ends with its disposal.</summary>
    public readonly struct Use : IDisposable
    {
        private readonly UseGate? _gate;
        private readonly bool _isHold;

        internal Use(UseGate gate, bool isHold)
        {
            _gate = gate;
            _isHold = isHold;
        }

        public void Dispose()
        {
            if (_isHold)
                Volatile.Write(ref _gate!._holder, 0);
            _gate?.Exit();
        }
    }
}
