using System.Runtime.InteropServices;
using Engine.Events;

namespace Engine.Tests.Support;

/// <summary>A small event: who published it, and a running number.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly record struct Number(long Value, int Source = 0) : IEvent<Number>
{
    public static EventDescriptor Descriptor { get; } = new("test.number") { Capacity = 256 };
}

/// <summary>A second event type, for tests with two shards.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly record struct Letter(long Value, int Source = 0) : IEvent<Letter>
{
    public static EventDescriptor Descriptor { get; } = new("test.letter") { Capacity = 256 };
}

/// <summary>An event that no test registers.</summary>
public readonly record struct Unregistered(long Value) : IEvent<Unregistered>
{
    public static EventDescriptor Descriptor { get; } = new("test.unregistered");
}

/// <summary>An event with the name of another.</summary>
public readonly record struct SecondNumber(long Value) : IEvent<SecondNumber>
{
    public static EventDescriptor Descriptor { get; } = new("test.number");
}

/// <summary>64 bytes whose last word is a checksum of the others, so that a torn read shows.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public readonly struct Wide : IEvent<Wide>
{
    private readonly ulong _a, _b, _c, _d, _e, _f;
    private readonly ulong _checksum;

    public Wide(int source, long value)
    {
        Source = source;
        Value = value;
        ulong x = ((ulong)value * 0x9E3779B97F4A7C15) ^ (ulong)source;
        _a = x;
        _b = ulong.RotateLeft(x, 11);
        _c = ulong.RotateLeft(x, 23);
        _d = ~x;
        _e = x * 31;
        _f = x + 0x1234567;
        _checksum = Sum;
    }

    public static EventDescriptor Descriptor { get; } = new("test.wide") { Capacity = 256 };

    public int Source { get; }

    public long Value { get; }

    public bool IsIntact => _checksum == Sum;

    private ulong Sum => _a + (_b * 3) + (_c * 5) + (_d * 7) + (_e * 11) + (_f * 13) + ((ulong)Value * 17) + (ulong)Source;
}
