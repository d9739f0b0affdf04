using Engine.PerfCollect.Collect;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Etlx;

namespace Engine.PerfCollect.View;

/// <summary>What an emulator told of its guest's functions. The last that was said of one counts: shares are of the run so far.</summary>
internal sealed class GuestFunctions
{
    private readonly Dictionary<string, double> _shares = [];

    public GuestFunctions(TraceLog log)
    {
        foreach (TraceEvent item in log.Events)
        {
            if (item.ProviderName == EventProviders.Guest && item.EventName == "GuestFunctionSampled")
                _shares[(string)item.PayloadByName("function")] = (double)item.PayloadByName("instructionShare");
        }
    }

    /// <summary>Functions with the share of instructions, from 0 to 1, that their hottest blocks have; the hottest first.</summary>
    public IEnumerable<KeyValuePair<string, double>> Hottest => _shares.OrderByDescending(static function => function.Value);
}
