using Engine.Tooling;
using Microsoft.Diagnostics.Tracing.Etlx;

namespace Engine.PerfCollect.Profiles;

/// <summary>An opened <c>NAME.nettrace</c>. The index that TraceEvent makes of it lies in a temporary file.</summary>
internal sealed class EventTrace : IDisposable
{
    private readonly string _index;

    private EventTrace(TraceLog log, string index)
    {
        Log = log;
        _index = index;
    }

    public TraceLog Log { get; }

    /// <exception cref="PerfCollectException">The file is not an event trace.</exception>
    public static EventTrace Open(string path)
    {
        string index = TemporaryFolders.CreateFile();
        try
        {
            TraceLog.CreateFromEventPipeDataFile(path, index);
            return new EventTrace(new TraceLog(index), index);
        }
        catch (Exception error)
        {
            File.Delete(index);
            // TraceEvent has no type of its own for files that it cannot read.
            throw new PerfCollectException($"{path} cannot be read: {error.Message}");
        }
    }

    public void Dispose()
    {
        Log.Dispose();
        File.Delete(_index);
    }
}
