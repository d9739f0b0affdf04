using System.Globalization;

namespace Engine.Cluster.Receiving;

/// <summary>
/// Puts frames together that were split because they are larger than a message. What is missing of one comes again with the whole frame,
/// so that nothing here needs to outlive the hub. Used by one thread.
/// </summary>
internal sealed class FrameParts(long maxBytes)
{
    private readonly Dictionary<long, Parts> _frames = [];
    private long _bytes;

    /// <summary>Takes a part.</summary>
    /// <param name="frame">The frame's number, as the message has it.</param>
    /// <param name="part">Which part of how many, as the message has it: <c>2/5</c>.</param>
    /// <param name="bytes">Its bytes; they must stay as they are.</param>
    /// <param name="next">The frame that the hub wants next: parts of earlier ones are of no use any more.</param>
    /// <returns>The whole frame, if this was its last part; null if others are missing.</returns>
    /// <exception cref="InvalidDataException">It is no part.</exception>
    public ReadOnlyMemory<byte>? Take(string? frame, string? part, ReadOnlyMemory<byte> bytes, long next)
    {
        string[] numbers = part?.Split('/') ?? [];
        if (!long.TryParse(frame, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || numbers.Length != 2
            || !int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            || !int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            || count is < 2 or > Publishing.FrameWire.MaxParts || index >= count)
            throw new InvalidDataException($"\"{part}\" of frame \"{frame}\" is no part of one.");
        foreach (long old in _frames.Keys.Where(known => known < next).ToArray())
            Drop(old);
        if (number < next)
            return null;
        // Another size of messages splits otherwise: then the newer sending counts.
        if (_frames.TryGetValue(number, out Parts? known) && known.Bytes.Length != count)
            Drop(number);
        if (!_frames.TryGetValue(number, out known))
        {
            // The newest goes where there is no room; it is asked for again.
            if (_bytes + bytes.Length > maxBytes && _frames.Count > 0)
                Drop(_frames.Keys.Max());
            _frames[number] = known = new Parts(new ReadOnlyMemory<byte>?[count]);
        }

        if (known.Bytes[index] is null)
            _bytes += bytes.Length;
        else
            _bytes += bytes.Length - known.Bytes[index]!.Value.Length;
        known.Bytes[index] = bytes;
        if (known.Bytes.Any(static one => one is null))
            return null;
        byte[] whole = new byte[known.Bytes.Sum(static one => one!.Value.Length)];
        int at = 0;
        foreach (ReadOnlyMemory<byte>? one in known.Bytes)
        {
            one!.Value.CopyTo(whole.AsMemory(at));
            at += one.Value.Length;
        }

        Drop(number);
        return whole;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _frames.Clear();
        _bytes = 0;
    }

    private void Drop(long number)
    {
        if (_frames.Remove(number, out Parts? parts))
            _bytes -= parts.Bytes.Sum(static one => one?.Length ?? 0);
    }

    private sealed record Parts(ReadOnlyMemory<byte>?[] Bytes);
}
