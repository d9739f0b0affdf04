using Engine.Gateway.Feeds;
using Engine.Gateway.Hosting;
using Engine.Handlers.Vm;
using Engine.Hosting;
using Engine.Storage.Frames;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>Shows a replay in browsers: how far it has come, and what its events say of the machine that was recorded.</summary>
internal sealed class ReplayServer : IDisposable
{
    private const string MachineId = "vm-1";

    private readonly GatewayHost _host;
    private readonly VmFeed _feed;
    private readonly ExecutionEventHandler _execution;
    private readonly string _pipelineId;
    private readonly long _frames;
    private PipelineFeed? _replay;
    private long _played;
    private long _events;
    private long _lost;
    private long _damages;
    private long _instructions;

    private ReplayServer(GatewayHost host, EventEngine engine, ExecutionEventHandler execution, string directory, long frames)
    {
        (_host, _execution, _frames) = (host, execution, frames);
        _pipelineId = "replay-" + Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
        _feed = new VmFeed(host.Gateway, engine, MachineId);
    }

    /// <summary>Listens, and says where on standard error. Null if it is not asked for.</summary>
    /// <exception cref="UsageException">The address or a setting is not right.</exception>
    public static ReplayServer? Begin(EventEngine engine, ExecutionEventHandler execution, ReplaySettings settings, long frames) =>
        settings.IsServed
            ? new ReplayServer(RunServer.Listen(settings.ServeAddress, "replay"), engine, execution, settings.Directory, frames)
            : null;

    /// <summary>The engine has started.</summary>
    public void Started()
    {
        _replay = new PipelineFeed(_host.Gateway, _pipelineId, _host.NodeId, ["publish", "handle"], Read);
        _feed.Start(new VmSource { ReadInstructions = () => Volatile.Read(ref _instructions), Execution = _execution });
    }

    /// <summary>A frame of the session has been played.</summary>
    public void Played(FrameHeader frame)
    {
        Volatile.Write(ref _played, _played + 1);
        Volatile.Write(ref _events, _events + (frame.Kind == FrameKind.Events ? frame.Count : 0));
        Volatile.Write(ref _lost, _lost + frame.LostBefore.Count);
        Volatile.Write(ref _instructions, Math.Max(_instructions, (long)frame.LastInstructionCount));
    }

    /// <summary>All frames have been played; what was published is still to be handled.</summary>
    /// <param name="damages">Places that could not be read.</param>
    public void AllPlayed(int damages)
    {
        Volatile.Write(ref _damages, damages);
        _replay?.NextStep();
    }

    /// <summary>All has been handled.</summary>
    public void Ended()
    {
        _feed.StopAsync(_instructions).GetAwaiter().GetResult();
        _replay?.Complete();
    }

    /// <summary>The replay has failed.</summary>
    /// <param name="error">Why.</param>
    public void Failed(Exception error) => _replay?.Fail($"{error.GetType().Name}: {error.Message}");

    /// <summary>Ends the streams, which get what is there, and the server.</summary>
    public void Dispose()
    {
        _replay?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _feed.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _host.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private PipelineReading Read() => new(
        _frames == 0 ? 0 : (double)Volatile.Read(ref _played) / _frames,
        [
            new("events", Volatile.Read(ref _events)), new("frames", Volatile.Read(ref _played)), new("lost", Volatile.Read(ref _lost)),
            new("damaged_places", Volatile.Read(ref _damages)),
        ]);
}
