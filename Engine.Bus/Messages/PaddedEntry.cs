using System.Runtime.InteropServices;
using Engine.Primitives;

namespace Engine.Bus.Messages;

/// <summary>A reference to a message with a cache line of its own, wherever the enclosing object lies.</summary>
[StructLayout(LayoutKind.Explicit, Size = 2 * CacheLine.Size)]
internal struct PaddedEntry
{
    [FieldOffset(CacheLine.Size)]
    public MessageEntry? Value;
}
