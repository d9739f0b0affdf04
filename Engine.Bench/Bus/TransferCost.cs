using System.Diagnostics;
using Engine.Bench.Reporting;
using Engine.Bench.Support;

namespace Engine.Bench.Bus;

/// <summary>Time and allocated bytes per event of variants that take turns.</summary>
internal static class TransferCost
{
    public static readonly (string Name, Func<long, double, double> Of) NanosecondsPerEvent =
        ("ns", static (count, seconds) => seconds * 1e9 / count);

    public static readonly (string Name, Func<long, double, double> Of) MillionsPerSecond =
        ("M events/s", static (count, seconds) => count / seconds / 1e6);

    /// <summary>Measures, adds the table to the report and disposes of the variants.</summary>
    /// <param name="measurement">Rounds and report.</param>
    /// <param name="name">Name of the table.</param>
    /// <param name="title">Title of the table.</param>
    /// <param name="unit">What to make of count and seconds.</param>
    /// <param name="transfers">The variants; ratios are to the first.</param>
    /// <param name="allocated">
    /// Bytes per event of each variant, the most in any round: of the calling thread where that does all the work, else of the process.
    /// </param>
    public static RoundResult[] Measure(
        Measurement measurement, string name, string title, (string Name, Func<long, double, double> Of) unit,
        IReadOnlyList<BusTransfer> transfers, out double[] allocated)
    {
        // The first run of each is for the compiler.
        var bytes = transfers.Select(static _ => new List<double>()).ToArray();
        RoundResult[] rounds = measurement.Rounds(name, transfers.Count, i =>
        {
            (double seconds, double bytesPerEvent) = Run(transfers[i]);
            bytes[i].Add(bytesPerEvent);
            return unit.Of(transfers[i].EventCount, seconds);
        });
        double[] most = allocated = [.. bytes.Select(static of => of.Skip(1).Max())];
        Table times = RoundsTable.Create(name, title, [.. transfers.Select(static t => t.Name)], rounds, unit.Name);
        measurement.Report.Add(
            times with
            {
                Columns = [.. times.Columns, new Column("allocated", "B/event"), new Column("delivered", "%")],
                Rows = [.. times.Rows.Select((row, i) => row with { Values = [.. row.Values, most[i], transfers[i].DeliveredShare] })],
            },
            transfers.All(static t => t.IsOnOneThread) ? [] : rounds);
        foreach (BusTransfer transfer in transfers)
            transfer.Dispose();
        return rounds;
    }

    private static (double Seconds, double BytesPerEvent) Run(BusTransfer transfer)
    {
        long count = transfer.EventCount;
        // A collection meanwhile may count the rest of the thread's allocation buffer as allocated; after one there is no rest.
        GC.Collect();
        long bytes = Allocated(transfer);
        long started = Stopwatch.GetTimestamp();
        ulong sum = transfer.Run(count);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        bytes = Allocated(transfer) - bytes;
        if (!transfer.MayLose)
            Checksum.Check(transfer.Name, sum, transfer.ExpectedSum(count));
        return (seconds, (double)bytes / count);
    }

    private static long Allocated(BusTransfer transfer) =>
        transfer.IsOnOneThread ? GC.GetAllocatedBytesForCurrentThread() : GC.GetTotalAllocatedBytes(precise: true);
}
