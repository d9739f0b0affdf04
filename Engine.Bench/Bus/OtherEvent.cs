using Engine.Events;

namespace Engine.Bench.Bus;

/// <summary>One of a thousand event types, by three digits.</summary>
internal readonly record struct OtherEvent<TFirst, TSecond, TThird>(int Number) : IEvent<OtherEvent<TFirst, TSecond, TThird>>
    where TFirst : IDigit
    where TSecond : IDigit
    where TThird : IDigit
{
    public static EventDescriptor Descriptor { get; } = new($"other.n{TFirst.Value}{TSecond.Value}{TThird.Value}");
}

/// <summary>A type that stands for a digit.</summary>
internal interface IDigit
{
    static abstract int Value { get; }
}

/// <summary>The digits.</summary>
internal static class Digits
{
    public static IReadOnlyList<Type> All { get; } =
    [
        typeof(Zero), typeof(One), typeof(Two), typeof(Three), typeof(Four),
        typeof(Five), typeof(Six), typeof(Seven), typeof(Eight), typeof(Nine),
    ];

    private sealed class Zero : IDigit { public static int Value => 0; }

    private sealed class One : IDigit { public static int Value => 1; }

    private sealed class Two : IDigit { public static int Value => 2; }

    private sealed class Three : IDigit { public static int Value => 3; }

    private sealed class Four : IDigit { public static int Value => 4; }

    private sealed class Five : IDigit { public static int Value => 5; }

    private sealed class Six : IDigit { public static int Value => 6; }

    private sealed class Seven : IDigit { public static int Value => 7; }

    private sealed class Eight : IDigit { public static int Value => 8; }

    private sealed class Nine : IDigit { public static int Value => 9; }
}
