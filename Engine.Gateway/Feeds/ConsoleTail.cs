using System.Text;

namespace Engine.Gateway.Feeds;

/// <summary>Keeps what a guest prints until it is taken: its end, where there is too much. Written by the machine's thread.</summary>
internal sealed class ConsoleTail
{
    private const int MaxBytes = 4096;

    private readonly Lock _lock = new();
    private readonly byte[] _bytes = new byte[MaxBytes];
    private long _written;
    private long _taken;

    public void Write(byte one)
    {
        lock (_lock)
            _bytes[_written++ % MaxBytes] = one;
    }

    /// <summary>Takes what has been printed since the last time.</summary>
    /// <param name="omitted">Bytes that are left out at its beginning.</param>
    public string Take(out long omitted)
    {
        lock (_lock)
        {
            long start = Math.Max(_taken, _written - MaxBytes);
            omitted = start - _taken;
            byte[] text = new byte[_written - start];
            for (int i = 0; i < text.Length; i++)
                text[i] = _bytes[(start + i) % MaxBytes];
            _taken = _written;
            return Encoding.UTF8.GetString(text);
        }
    }
}
