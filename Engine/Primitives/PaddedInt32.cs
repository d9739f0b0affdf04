using System.Runtime.InteropServices;

namespace Engine.Primitives;

/// <summary>A 32-bit field with a cache line of its own, wherever the enclosing object lies.</summary>
[StructLayout(LayoutKind.Explicit, Size = 2 * CacheLine.Size)]
internal struct PaddedInt32
{
    [FieldOffset(CacheLine.Size)]
    public int Value;
}
