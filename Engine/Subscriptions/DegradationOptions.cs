using Engine.Events.Vm;
using Engine.Primitives;

namespace Engine.Subscriptions;

/// <summary>
/// When a subscription to the execution of a virtual CPU goes to less detail, and back. The virtual CPU looks at a fixed distance of
/// instructions; one look under pressure is enough to go down a step, and to go up a step takes several looks without. Each time that
/// going up turns out to have been too early, it takes twice as many. Immutable.
/// </summary>
public sealed record DegradationOptions
{
    private static readonly OptionRange<int> LookInstructionsRange = OptionRange.AtLeast(1);
    private static readonly OptionRange<double> HighFillRange = OptionRange.Above(0);
    private static readonly OptionRange<double> LowFillRange = OptionRange.Above(0);
    private static readonly OptionRange<int> CalmLooksRange = OptionRange.Of(1, MaxCalmLooks);

    internal static OptionTable<DegradationOptions> Ranges { get; } = new OptionTable<DegradationOptions>("degradation")
        .With(nameof(LookInstructions), LookInstructionsRange, static o => o.LookInstructions)
        .With(nameof(HighFill), HighFillRange, static o => o.HighFill)
        .With(nameof(LowFill), LowFillRange, static o => o.LowFill)
        .With(nameof(CalmLooks), CalmLooksRange, static o => o.CalmLooks);

    /// <summary>The most looks without pressure that going up takes.</summary>
    internal const int MaxCalmLooks = 1 << 20;

    /// <summary>The distance between two looks, in instructions: 1 or more. Default 16,384.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int LookInstructions
    {
        get;
        init
        {
            LookInstructionsRange.Check(value, nameof(LookInstructions));
            field = value;
        }
    } = 16_384;

    /// <summary>There is pressure where a ring is filled to this part or more, or has lost events; above 0. Default 0.75.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double HighFill
    {
        get;
        init
        {
            HighFillRange.Check(value, nameof(HighFill));
            field = value;
        }
    } = 0.75;

    /// <summary>There is none where both rings are filled to less than this part; above 0. Default 0.25.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double LowFill
    {
        get;
        init
        {
            LowFillRange.Check(value, nameof(LowFill));
            field = value;
        }
    } = 0.25;

    /// <summary>Looks in a row without pressure before a step to more detail, from 1 to 1,048,576. Default 16.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int CalmLooks
    {
        get;
        init
        {
            CalmLooksRange.Check(value, nameof(CalmLooks));
            field = value;
        }
    } = 16;

    /// <summary>The least detail it may go to; <see cref="ExecutionDetail.Instructions"/> for none less. Default: counters.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such detail.</exception>
    public ExecutionDetail Least
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Least), value, "The least detail must be Instructions, Blocks or Counters.");
    } = ExecutionDetail.Counters;

    /// <summary>
    /// Says how great the pressure is, to be compared with <see cref="HighFill"/> and <see cref="LowFill"/>: for a host that knows more
    /// than the two rings tell. Null for the greater fill of the two. Called at each look, on the virtual CPU's thread, with the rings
    /// of instructions and blocks; must not block. What it throws is counted as a handler error, and the rings decide.
    /// </summary>
    public Func<LanePressure, LanePressure, double>? Pressure { get; init; }

    /// <exception cref="ArgumentException">The calm begins above the pressure.</exception>
    internal void Check()
    {
        if (!(LowFill <= HighFill))
        {
            throw new ArgumentException(
                $"LowFill must not be above HighFill, or it would go up and down at once; got {LowFill} and {HighFill}.", nameof(LowFill));
        }
    }
}
