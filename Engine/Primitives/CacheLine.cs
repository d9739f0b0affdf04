namespace Engine.Primitives;

/// <summary>The distance that keeps fields of different writers from sharing a cache line.</summary>
internal static class CacheLine
{
    /// <summary>
    /// 128 bytes: two 64-byte lines, because x64 prefetches lines in pairs, and one line of the ARM64 cores that have 128.
    /// </summary>
    public const int Size = 128;
}
