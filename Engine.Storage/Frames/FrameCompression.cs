using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Engine.Storage.Frames;

/// <summary>Compresses payloads of frames with zstd (RFC 8878), level 1. Thread-safe: each thread has a context of its own.</summary>
internal static class FrameCompression
{
    private const int Level = 1;

    [ThreadStatic]
    private static Compressor? t_compressor;

    [ThreadStatic]
    private static byte[]? t_target;

    /// <summary>Compresses some bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="arePredicted">
    /// Whether they are what a predictor has left. Then what repeats itself is nearly all that there is to find, and to build a code
    /// for the other bytes would take a third of the time to save a fifteenth of the space.
    /// </param>
    /// <returns>Valid until the thread's next call. Not shorter than what was given, where that cannot be compressed.</returns>
    public static ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> bytes, bool arePredicted)
    {
        Compressor compressor = t_compressor ??= new Compressor(Level);
        // zstd's literal compression mode.
        compressor.SetParameter(
            ZSTD_cParameter.ZSTD_c_experimentalParam5,
            (int)(arePredicted ? ZSTD_paramSwitch_e.ZSTD_ps_disable : ZSTD_paramSwitch_e.ZSTD_ps_auto));
        int bound = Compressor.GetCompressBound(bytes.Length);
        if (t_target is not { } target || target.Length < bound)
            t_target = target = new byte[bound];
        return target.AsSpan(0, compressor.Wrap(bytes, target));
    }
}
