using Engine.Primitives;

namespace Engine.Ring;

/// <summary>The end of the ring: the seal, and what is taken back behind it.</summary>
internal partial class SingleProducerSequencer
{
    private const long NotSealed = -1;
    private const int SealSpins = 100;

    private bool _isClosed;

    // Written once, under the consumer lease unless a handler hangs with it: positions below it stay published.
    private long _sealedAt = NotSealed;

    // Written by Seal: nobody begins to read any more.
    private bool _isGivenUp;

    // Written by Seal where a handler hangs with the lease: the same as _sealedAt, and final.
    private long _givenUpAt = NotSealed;

    /// <inheritdoc/>
    public override void Close()
    {
        Volatile.Write(ref _isClosed, true);
        SpaceSignal.Close();
    }

    /// <inheritdoc/>
    internal override long Seal()
    {
        // A publisher that takes its event back holds the lease for a moment; a hanging handler keeps it.
        bool isAcquired = false;
        var spinner = new SpinWait();
        while (!isAcquired && spinner.Count < SealSpins)
        {
            isAcquired = TryAcquireConsumer();
            spinner.SpinOnce(sleep1Threshold: -1);
        }

        Volatile.Write(ref _isGivenUp, true);
        // Keeps the mark before the look at the cursor; partner: the two loads in Available. Who reads without having seen the mark
        // has seen no later cursor than this.
        Interlocked.MemoryBarrier();
        if (!isAcquired || _sealedAt == NotSealed)
            Volatile.Write(ref _sealedAt, Cursor);
        EndCounting();
        long left = LedgerUpTo(_sealedAt).Buffered;
        if (isAcquired)
            ReleaseConsumer();
        else
            Volatile.Write(ref _givenUpAt, _sealedAt);
        return left;
    }

    /// <inheritdoc/>
    internal override bool TrySealEmpty()
    {
        Volatile.Write(ref _sealedAt, Consumed);
        // Keeps the seal before the look; partner: the read-modify-write of the lease in Retract. A dispatcher thread
        // that finds the lease taken and no seal has published early enough for this look.
        Interlocked.MemoryBarrier();
        if (!HasBacklog)
            return true;
        // Not where Seal, tired of waiting for the lease, has sealed the ring meanwhile.
        Interlocked.CompareExchange(ref _sealedAt, NotSealed, Consumed);
        return false;
    }

    /// <summary>Takes back what was published from <paramref name="position"/> on and has not been read. Returns how many.</summary>
    private int Retract(long position)
    {
        ThreadStall stall = ThreadStall.Current;
        stall.IsStalled = true;
        int retracted = RetractUnread(position);
        stall.IsStalled = false;
        return retracted;
    }

    private int RetractUnread(long position)
    {
        var spinner = new SpinWait();
        while (Consumed < Producer.Cursor)
        {
            if (!TryAcquireConsumer())
            {
                // A handler's own thread may hold the lease. The holder looks again before it seals the ring.
                if (DispatcherThread.IsCurrent && Volatile.Read(ref _sealedAt) == NotSealed)
                    return 0;
                // The holder hangs. It has read nothing behind the seal, and never will.
                if (Volatile.Read(ref _givenUpAt) != NotSealed)
                    return TakeBack(Math.Max(position, _givenUpAt));
                spinner.SpinOnce();
                continue;
            }

            int retracted = TakeBack(Math.Max(Math.Max(Consumed, position), Volatile.Read(ref _sealedAt)));
            ReleaseConsumer();
            return retracted;
        }

        return 0;
    }

    private int TakeBack(long keep)
    {
        int retracted = (int)Math.Max(0, Producer.Cursor - keep);
        if (retracted > 0)
            Volatile.Write(ref Producer.Cursor, keep);
        return retracted;
    }
}
