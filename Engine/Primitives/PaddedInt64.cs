using System.Runtime.InteropServices;

namespace Engine.Primitives;

/// <summary>A 64-bit field with a cache line of its own, wherever the enclosing object lies.</summary>
[StructLayout(LayoutKind.Explicit, Size = 2 * CacheLine.Size)]
internal struct PaddedInt64
{
    [FieldOffset(CacheLine.Size)]
    public long Value;
}
