using System.Runtime.InteropServices;
using Engine.Events;

namespace Engine.Bench.Micro;

/// <summary>An event that carries a number and otherwise only size.</summary>
internal interface ISizedEvent<TSelf> : IEvent<TSelf>
    where TSelf : unmanaged, ISizedEvent<TSelf>
{
    ulong Number { get; }

    static abstract TSelf Create(ulong number);
}

/// <summary>8 bytes.</summary>
internal readonly record struct Event8(ulong Number) : ISizedEvent<Event8>
{
    public static EventDescriptor Descriptor { get; } = new("bench.size-8") { Capacity = SizedEvent.Capacity };

    public static Event8 Create(ulong number) => new(number);
}

/// <summary>16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct Event16(ulong Number) : ISizedEvent<Event16>
{
    public static EventDescriptor Descriptor { get; } = new("bench.size-16") { Capacity = SizedEvent.Capacity };

    public static Event16 Create(ulong number) => new(number);
}

/// <summary>32 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal readonly record struct Event32(ulong Number) : ISizedEvent<Event32>
{
    public static EventDescriptor Descriptor { get; } = new("bench.size-32") { Capacity = SizedEvent.Capacity };

    public static Event32 Create(ulong number) => new(number);
}

/// <summary>64 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal readonly record struct Event64(ulong Number) : ISizedEvent<Event64>
{
    public static EventDescriptor Descriptor { get; } = new("bench.size-64") { Capacity = SizedEvent.Capacity };

    public static Event64 Create(ulong number) => new(number);
}

/// <summary>What events of all sizes share.</summary>
internal static class SizedEvent
{
    public const int Capacity = 65536;
}
