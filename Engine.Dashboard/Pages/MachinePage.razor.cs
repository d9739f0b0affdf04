using Engine.Dashboard.Live;
using Engine.Dashboard.Parts;
using Engine.Gateway.Events;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Engine.Dashboard.Pages;

/// <summary>How a machine runs.</summary>
public partial class MachinePage : LivePage
{
    private static readonly Column[] s_rateColumns =
    [
        new("Event type", "code"), new("Per second", "number"), new("Published", "number"), new("Dispatched", "number"),
        new("Lost", "number"), new("Batch", "number"), new("p50 µs", "number"), new("p99 µs", "number"), new("Errors", "number"),
    ];

    private static readonly Column[] s_functionColumns = [new("Function", "code"), new("Share", "number")];

    private static readonly Column[] s_blockColumns = [new("Block", "code whole"), new("Where", "code"), new("Share", "number")];

    private static readonly Column[] s_trapColumns = [new("Cause"), new("Kind"), new("Count", "number")];

    private static readonly Column[] s_faultColumns = [new("Function", "code"), new("Faults", "number")];

    private static readonly Column[] s_pageColumns = [new("Page", "code whole"), new("Faults", "number")];

    private string? _chosen;
    private ElementReference _console;
    private long _lastLine;

    [Inject] internal IJSRuntime Js { get; set; } = null!;

    private MachineView? Machine =>
        Now.Machines.FirstOrDefault(one => one.Id == _chosen) ?? (Now.Machines.Count > 0 ? Now.Machines[0] : null);

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        long last = Machine is { Console.Count: > 0 } machine ? machine.Console[^1].Number : 0;
        if (last == _lastLine)
            return;
        bool isFirst = _lastLine == 0;
        _lastLine = last;
        await Js.InvokeVoidAsync("engineDashboard.scrollToEnd", _console, isFirst).ConfigureAwait(true);
    }

    private static Tile[] Figures(MachineView machine, VmRates rates)
    {
        long lost = rates.Events.Sum(static type => type.Lost);
        long errors = rates.Events.Sum(static type => type.Errors);
        long dispatched = rates.Events.Sum(static type => type.Dispatched);
        return
        [
            new("State", rates.State, rates.State is not ("running" or "stopped")),
            new("MIPS", Format.Number(rates.Mips)),
            new("Instructions", Format.Count(rates.Instructions)),
            new("Events per second", Format.Count(rates.Events.Sum(static type => type.PerSecond))),
            new("Events published", Format.Count(rates.Events.Sum(static type => type.Published))),
            new("Batch size", Format.Number(dispatched == 0
                ? 0 : rates.Events.Sum(static type => type.AverageBatch * type.Dispatched) / dispatched)),
            new("Latency p99, worst type", $"{Format.Number(rates.Events.Select(static type => type.P99Us).DefaultIfEmpty().Max())} µs"),
            new("Events lost", Format.Count(lost), lost > 0),
            new("Handler errors", Format.Count(errors), errors > 0),
            new("Page faults per second", machine.Faults is { } faults ? Format.Number(faults.PerSecond) : "–"),
        ];
    }

    private static Cell[] RowOf(VmEventRate type) =>
    [
        type.Name, new(Format.Count(type.PerSecond)), type.Published, type.Dispatched, Cell.Loss(type.Lost), type.AverageBatch, type.P50Us,
        type.P99Us, Cell.Loss(type.Errors),
    ];

    private static Cell[][] FunctionRows(MachineView machine) => machine.HotBlocks is not { } hot
        ? []
        : [.. hot.Functions.Where(static one => one.Share >= 0.0005)
            .Select(static one => new Cell[] { one.Name, Format.Share(one.Share) })];

    private static string? FunctionNote(MachineView machine) => machine.HotBlocks is not { } hot
        ? null
        : hot.Functions.Count == 0
            ? "The program has no symbols"
            : $"Added up over the {hot.Aggregation.Omitted + hot.Blocks.Count} hottest blocks; "
                + $"{Format.Share(1 - hot.Functions.Sum(static one => one.Share))} of the instructions are elsewhere, or without symbols";

    private static Cell[][] BlockRows(MachineView machine) => machine.HotBlocks is not { } hot
        ? []
        : [.. hot.Blocks.Select(static block => new Cell[] { ShortHex(block.Pc), Cell.Place(block.Symbol), Format.Share(block.Share) })];

    private static Cell[][] FaultRows(MachineView machine) => machine.Faults is not { } faults
        ? []
        : [.. faults.Functions.Select(static one => new Cell[] { one.Name, one.Faults })];

    private static Cell[][] TrapRows(MachineView machine) => machine.Faults is not { } faults
        ? []
        : [.. faults.Traps.OrderByDescending(static trap => trap.Count)
            .Select(static trap => new Cell[] { TrapNames.Of(trap.Kind, trap.Cause), trap.Kind, trap.Count })];

    private static Cell[][] PageRows(MachineView machine) => machine.Faults is not { } faults
        ? []
        : [.. faults.Pages.Select(static page => new Cell[] { ShortHex(page.Page), page.Faults })];

    private static string? PageNote(MachineView machine) => machine.Faults is not { } faults
        ? null
        : $"{Format.Count(faults.Total)} faults in all; {Format.Count(faults.Aggregation.Omitted)} pages with fewer are not shown";

    private static string ShortHex(string hex) => "0x" + hex[2..].TrimStart('0').PadLeft(1, '0');
}
