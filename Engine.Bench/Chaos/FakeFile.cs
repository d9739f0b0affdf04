namespace Engine.Bench.Chaos;

/// <summary>A file of a <see cref="FakeDisk"/>: what programs see, what is durable, and what lies between. Not thread-safe.</summary>
internal sealed class FakeFile
{
    private const int Sector = 512;
    private const double TornShare = 0.02;

    private readonly List<(long Offset, byte[]? Bytes)> _changes = [];
    private byte[] _seen = [];
    private byte[] _durable = [];
    private int _seenLength;
    private int _durableLength;

    public long Length => _seenLength;

    public int Read(Span<byte> target, long offset)
    {
        int count = (int)Math.Clamp(_seenLength - offset, 0, target.Length);
        _seen.AsSpan(0, _seenLength).Slice((int)Math.Min(offset, _seenLength), count).CopyTo(target);
        return count;
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        Apply(ref _seen, ref _seenLength, offset, bytes);
        _changes.Add((offset, bytes.ToArray()));
    }

    public void SetLength(long length)
    {
        Resize(ref _seen, ref _seenLength, length);
        _changes.Add((length, null));
    }

    public void Synchronize()
    {
        // The same changes in order: cheaper than a copy of the whole.
        foreach ((long offset, byte[]? bytes) in _changes)
        {
            if (bytes is null)
                Resize(ref _durable, ref _durableLength, offset);
            else
                Apply(ref _durable, ref _durableLength, offset, bytes);
        }

        _changes.Clear();
    }

    /// <summary>Leaves of what was not synchronized what chance wants.</summary>
    public void LosePower(Random random, double share)
    {
        foreach ((long offset, byte[]? bytes) in _changes)
        {
            if (bytes is not null)
                KeepSectors(offset, bytes, random, share);
            else if (random.NextDouble() < share)
                Resize(ref _durable, ref _durableLength, offset);
        }

        _changes.Clear();
        _seen = _durable.AsSpan(0, _durableLength).ToArray();
        _seenLength = _durableLength;
    }

    private void KeepSectors(long offset, byte[] bytes, Random random, double share)
    {
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(Sector - (int)((offset + at) % Sector), bytes.Length - at);
            double chance = random.NextDouble();
            if (chance < share)
            {
                Apply(ref _durable, ref _durableLength, offset + at, bytes.AsSpan(at, length));
            }
            else if (chance < share + TornShare)
            {
                // A part of the sector is there, and what is behind it is anything.
                byte[] torn = bytes.AsSpan(at, length).ToArray();
                random.NextBytes(torn.AsSpan(random.Next(length)));
                Apply(ref _durable, ref _durableLength, offset + at, torn);
            }

            at += length;
        }
    }

    private static void Apply(ref byte[] target, ref int targetLength, long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset + bytes.Length > targetLength)
            Resize(ref target, ref targetLength, offset + bytes.Length);
        bytes.CopyTo(target.AsSpan((int)offset));
    }

    private static void Resize(ref byte[] target, ref int targetLength, long length)
    {
        int wanted = checked((int)length);
        if (wanted > target.Length)
            Array.Resize(ref target, Math.Max(wanted, 2 * target.Length));
        if (wanted < targetLength)
            target.AsSpan(wanted, targetLength - wanted).Clear();
        targetLength = wanted;
    }
}
