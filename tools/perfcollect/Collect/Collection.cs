namespace Engine.PerfCollect.Collect;

/// <summary>One capture, from the checks beforehand to the files.</summary>
internal sealed class Collection(CollectSettings settings) : IDisposable
{
    private static readonly TimeSpan HostPatience = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _commandIsOver = new();
    private CpuCapture? _cpu;
    private EventCapture? _events;
    private PerfMapSnapshot? _perfMap;
    private Task _othersReleased = Task.CompletedTask;
    private int? _host;

    public async Task<int> RunAsync()
    {
        if (!OperatingSystem.IsLinux())
            throw new PerfCollectException("collect works on Linux only");
        if (settings.ProcessId is int attached)
            TargetCheck.CheckAttachable(attached);
        bool takesCpu = settings.WantsCpu || settings.IsBestEffort;
        if (takesCpu && !PerfTool.IsInstalled)
        {
            Skip("CPU samples", PerfTool.HowToInstall, settings.IsBestEffort);
            takesCpu = false;
        }

        settings.Paths.CheckWritable(settings.MayOverwrite);
        using var temporary = new TemporaryFolder();
        using var stop = new StopRequests(Abandon(temporary));
        try
        {
            await CaptureAsync(takesCpu, temporary, stop);
            return await new CaptureFiles(settings.Paths, temporary, _events, _cpu, _host).WriteAsync();
        }
        finally
        {
            settings.Paths.DeletePartial();
        }
    }

    public void Dispose()
    {
        _cpu?.Dispose();
        _events?.Dispose();
        _commandIsOver.Dispose();
    }

    private async Task CaptureAsync(bool takesCpu, TemporaryFolder temporary, StopRequests stop)
    {
        bool takesEvents = settings.WantsEvents || settings.IsBestEffort;
        using LaunchedCommand? command = settings.ProcessId is null
            ? LaunchedCommand.Start(settings.Command, EnvironmentOf(takesCpu, takesEvents, temporary)) : null;
        int target = command?.ProcessId ?? settings.ProcessId!.Value;
        try
        {
            await StartAsync(target, command, takesCpu, takesEvents, temporary, stop);
            if (_cpu is null && _events is null)
                throw new PerfCollectException($"process {target} ended, or was ended, before anything was captured");
            string what = _cpu is null ? "events" : _events is null ? "CPU samples" : "events and CPU samples";
            Notices.Write(
                $"collecting {what} of process " +
                $"{_host ?? target}{(settings.Duration is TimeSpan time ? $" for {time.TotalSeconds:0.##} s" : string.Empty)}; Ctrl+C " +
                $"ends it");
            await WaitAsync(target, command, stop);
        }
        finally
        {
            await StopAsync();
            if (command is not null)
                await EndAsync(command, isTold: stop.Requested.IsCompleted);
        }
    }

    // perf comes before the events: it follows whatever the command starts, while the host still waits to be let go.
    private async Task StartAsync(
        int target, LaunchedCommand? command, bool takesCpu, bool takesEvents, TemporaryFolder temporary, StopRequests stop)
    {
        bool isHost = command is null && DiagnosticPorts.HasOne(target);
        if (takesCpu)
            await TryAsync("CPU samples", async () => _cpu = await CpuCapture.StartAsync(target, temporary.PathOf("perf.data")));
        if (command is null)
        {
            if (takesEvents && !isHost)
                Skip("events", TargetCheck.NoHost(target), mayGoOn: settings.IsBestEffort && _cpu is not null);
            else if (takesEvents)
                await TryAsync("events", () => StartEvents(target));

            // After the events, which name what is compiled from then on.
            if (_cpu is not null && isHost)
            {
                _perfMap = new PerfMapSnapshot(target, temporary);
                _perfMap.TakeFirst();
            }
        }
        else if (takesEvents)
        {
            await StartEventsOfAsync(command, stop);
        }
    }

    private async Task StartEventsOfAsync(LaunchedCommand command, StopRequests stop)
    {
        var search = new HostSearch(command.ProcessId);
        using var patience = new CancellationTokenSource(HostPatience);
        _ = stop.Requested.ContinueWith(_ => patience.Cancel(), TaskScheduler.Default);
        int? host = await search.FindAsync(command.Ended, patience.Token);
        if (host is int found)
        {
            try
            {
                await TryAsync("events", () => StartEvents(found));
            }
            finally
            {
                search.Release(found);
            }
        }
        else if (!stop.Requested.IsCompleted)
        {
            Skip("events", TargetCheck.NoHost(command.ProcessId), mayGoOn: settings.IsBestEffort && _cpu is not null);
        }

        _othersReleased = search.ReleaseOthersAsync(_commandIsOver.Token);
    }

    private Task StartEvents(int host)
    {
        _events = EventCapture.Start(host, settings.Paths.PartialEvents);
        _host = host;
        return Task.CompletedTask;
    }

    private async Task WaitAsync(int target, LaunchedCommand? command, StopRequests stop)
    {
        var ends = new List<Task> { stop.Requested };
        if (settings.Duration is TimeSpan duration)
            ends.Add(Task.Delay(duration));
        ends.Add(command?.Ended ?? EndOfAsync(target));
        await Task.WhenAny(ends);
    }

    private static async Task EndOfAsync(int processId)
    {
        while (ProcessFacts.IsRunning(processId))
            await Task.Delay(TimeSpan.FromMilliseconds(100));
    }

    // perf stops first, so that the end of the event session, which names all methods, is not in the profile.
    private async Task StopAsync()
    {
        if (_cpu is not null)
            await _cpu.StopAsync();
        if (_events is not null)
            await _events.StopAsync();
        _perfMap?.TakeLast();
    }

    private async Task EndAsync(LaunchedCommand command, bool isTold)
    {
        if (!command.Ended.IsCompleted)
            await command.EndAsync(isTold);
        await _commandIsOver.CancelAsync();
        await _othersReleased;
        Notices.Write($"the command ended with exit code {command.ExitCode}");
    }

    private async Task TryAsync(string what, Func<Task> start)
    {
        try
        {
            await start();
        }
        catch (PerfCollectException error) when (settings.IsBestEffort)
        {
            Skip(what, error.Message, mayGoOn: true);
        }
    }

    private static void Skip(string what, string reason, bool mayGoOn)
    {
        if (!mayGoOn)
            throw new PerfCollectException(reason);
        Notices.Write($"no {what}: {reason}");
    }

    private static Dictionary<string, string> EnvironmentOf(bool takesCpu, bool takesEvents, TemporaryFolder temporary)
    {
        var environment = new Dictionary<string, string>();
        if (takesCpu)
        {
            environment["DOTNET_PerfMapEnabled"] = "1";
            environment["DOTNET_PerfMapJitDumpPath"] = temporary.Path;
            environment["DOTNET_EnableWriteXorExecute"] = "0";
        }

        if (takesEvents)
            environment[HostSearch.SuspendVariable] = "1";
        return environment;
    }

    private Action Abandon(TemporaryFolder temporary) => () =>
    {
        _cpu?.Dispose();
        temporary.Dispose();
        settings.Paths.DeletePartial();
    };
}
