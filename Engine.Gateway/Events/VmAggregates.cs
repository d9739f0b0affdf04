using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary>
/// Says how an event of a machine was made of many: no event of <c>vm.*</c> goes out by itself.
/// </summary>
/// <param name="Method">
/// <c>rate</c>: differences of exact counters; <c>heavy_hitters</c>: the largest of many, with an error that is bounded;
/// <c>top</c>: the largest of exact counters; <c>tail</c>: the end of a text.
/// </param>
/// <param name="IntervalMs">The time it covers, in milliseconds; 0 for all since the machine began.</param>
/// <param name="Omitted">What is not in the list because it was smaller, by count; 0 if all is there.</param>
public sealed record Aggregation(string Method, long IntervalMs, long Omitted);

/// <summary><c>vm_rates</c>: how fast a machine runs, and what it publishes. The resource is the machine.</summary>
/// <param name="Aggregation">How it was made.</param>
/// <param name="State">Where the machine is: <c>running</c>, <c>stopped</c>.</param>
/// <param name="Instructions">Instructions retired since the machine began.</param>
/// <param name="Mips">Million instructions per second in the interval.</param>
/// <param name="Events">The event types that have been published.</param>
public sealed record VmRates(
    Aggregation Aggregation, string State, long Instructions, double Mips, IReadOnlyList<VmEventRate> Events) : IGatewayEvent<VmRates>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.rates");

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems() => new EventProblems().NotNull(Aggregation, "aggregation").NotNegative(Mips, "mips")
        .NotNull(Events, "events").Found;
}

/// <summary>What a machine publishes of one event type. Counts are those of the ledger.</summary>
/// <param name="Name">The event type.</param>
/// <param name="Published">Events published.</param>
/// <param name="PerSecond">Events published per second in the interval.</param>
/// <param name="Dispatched">Events dispatched.</param>
/// <param name="Lost">Events dropped.</param>
/// <param name="AverageBatch">Mean events per batch.</param>
/// <param name="P50Us">Median from publication to the first handler, sampled, in microseconds.</param>
/// <param name="P99Us">The same for 99 of 100.</param>
/// <param name="Errors">Times a handler threw.</param>
public sealed record VmEventRate(
    string Name,
    long Published,
    double PerSecond,
    long Dispatched,
    long Lost,
    double AverageBatch,
    double P50Us,
    double P99Us,
    long Errors);

/// <summary><c>vm_hot_blocks</c>: where a machine spends its instructions. The resource is the machine.</summary>
/// <param name="Aggregation">How it was made.</param>
/// <param name="Blocks">The hottest blocks, the hottest first.</param>
/// <param name="Functions">
/// The hottest functions, the hottest first, added up over the blocks that are listed and those that are counted as omitted; empty where
/// no symbols are known.
/// </param>
public sealed record VmHotBlocks(Aggregation Aggregation, IReadOnlyList<VmHotBlock> Blocks, IReadOnlyList<VmHotFunction> Functions)
    : IGatewayEvent<VmHotBlocks>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.hot-blocks");

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems() => new EventProblems().NotNull(Aggregation, "aggregation")
        .NotNull(Blocks, "blocks").NotNull(Functions, "functions").Found;
}

/// <summary>A block of a guest's code.</summary>
/// <param name="Pc">Guest address of its first instruction, in hexadecimal.</param>
/// <param name="Share">Its share of all instructions, from 0 to 1.</param>
/// <param name="Symbol">Function and offset; null where none is known.</param>
public sealed record VmHotBlock(string Pc, double Share, string? Symbol);

/// <summary>A function of a guest's code.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Share">The share that its hot blocks have of all instructions, from 0 to 1.</param>
public sealed record VmHotFunction(string Name, double Share);

/// <summary><c>vm_page_faults</c>: faults of a machine by page, and its traps by cause. The resource is the machine.</summary>
/// <param name="Aggregation">How it was made.</param>
/// <param name="Total">Page faults since the machine began.</param>
/// <param name="PerSecond">Page faults per second in the interval.</param>
/// <param name="Pages">The pages with most faults, those with most first.</param>
/// <param name="Traps">Exceptions and interrupts by cause, since the machine began.</param>
/// <param name="Functions">The functions that met most faults, those with most first; empty where no symbols are known.</param>
public sealed record VmPageFaults(
    Aggregation Aggregation, long Total, double PerSecond, IReadOnlyList<VmPage> Pages, IReadOnlyList<VmTrapCount> Traps,
    IReadOnlyList<VmFaultingFunction> Functions)
    : IGatewayEvent<VmPageFaults>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.page-faults");

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems() => new EventProblems().NotNull(Aggregation, "aggregation").NotNull(Pages, "pages")
        .NotNull(Traps, "traps").NotNull(Functions, "functions").Found;
}

/// <summary>A function of a guest's code.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Faults">Page faults that its instructions met.</param>
public sealed record VmFaultingFunction(string Name, long Faults);

/// <summary>A page of a guest's memory.</summary>
/// <param name="Page">Its guest virtual address, in hexadecimal.</param>
/// <param name="Faults">Faults there.</param>
public sealed record VmPage(string Page, long Faults);

/// <summary>Traps of one cause.</summary>
/// <param name="Kind"><c>exception</c> or <c>interrupt</c>.</param>
/// <param name="Cause">The architecture's number.</param>
/// <param name="Count">How many there were.</param>
public sealed record VmTrapCount(string Kind, int Cause, long Count);

/// <summary><c>vm_console</c>: what a guest printed. The resource is the machine.</summary>
/// <param name="Aggregation">How it was made; what was left out is counted in bytes.</param>
/// <param name="Text">The text, control characters included.</param>
public sealed record VmConsole(Aggregation Aggregation, string Text) : IGatewayEvent<VmConsole>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.console");

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems() => new EventProblems().NotNull(Aggregation, "aggregation").NotNull(Text, "text").Found;
}
