using System.Globalization;

namespace Engine.Storage.Stores;

/// <summary>Which version a stream must have for an append to be made. The default is <see cref="NoStream"/>.</summary>
public readonly record struct ExpectedVersion
{
    private const long AnyValue = -1;

    private readonly long _value;

    private ExpectedVersion(long value) => _value = value;

    /// <summary>Whatever it has: the append comes after all that is there.</summary>
    public static ExpectedVersion Any { get; } = new(AnyValue);

    /// <summary>None: the append makes the stream.</summary>
    public static ExpectedVersion NoStream { get; }

    /// <summary>Exactly this one.</summary>
    /// <param name="version">The number of the stream's latest event, from 1; 0 is <see cref="NoStream"/>.</param>
    public static ExpectedVersion Exactly(long version)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        return new ExpectedVersion(version);
    }

    /// <summary>The version, or what stands for it.</summary>
    public override string ToString() => _value switch
    {
        AnyValue => "any",
        0 => "no stream",
        _ => _value.ToString(CultureInfo.InvariantCulture),
    };

    internal bool Takes(long version) => _value == AnyValue || _value == version;
}
