using System.Diagnostics;
using System.Text.RegularExpressions;
using Engine.Gateway.Client;
using Engine.Gateway.Events;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Cli;

/// <summary><c>run --serve</c>: any guest, shown in browsers while it runs.</summary>
[Category("Process")]
[Parallelizable]
public sealed class ServeTests
{
    // Prints a letter, waits until something is typed, and ends.
    private static readonly uint[] Waits =
    [
        0x1000_0537, 0x0790_0593, 0x00B5_0023, 0x0055_4583, 0x0015_F593, 0xFE05_8CE3, 0x0010_0537, 0x0000_55B7, 0x5555_859B,
        0x00B5_2023, 0x0000_006F,
    ];

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Engine.Emulator.dll");

    [Test]
    public async Task Run_is_shown_while_it_lasts_and_ends_with_the_guest_s_exit_code()
    {
        using var folder = new TemporaryFolder();
        string image = folder.Write("waits.bin", [.. Waits.SelectMany(BitConverter.GetBytes)]);
        using Process process = StartEmulator("run", "--load", image + "@0x80000000", "--serve", "0", "--quiet");
        string line = (await process.StandardError.ReadLineAsync().WaitAsync(Eventually.HangGuard))!;
        Match address = Regex.Match(line, @"^engine-emulator: the run is shown at (http://127\.0\.0\.1:\d+)$");
        Assert.That(address.Success, Is.True, line);
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var seen = new HashSet<string>();
        var client = new EventStreamClient(http, new Uri(address.Groups[1].Value + "/api/v1/events?limit=1000"));
        await foreach (ReceivedEvent @event in client.ReadAsync())
        {
            seen.Add(@event.Type);
            if (seen.IsSupersetOf(["container_status", "vm_rates", "vm_console", "vm_hot_blocks", "vm_page_faults", "node_metrics"]))
                break;
        }

        Assert.That(await http.GetStringAsync(new Uri(address.Groups[1].Value)), Does.Contain("<title>"));
        Assert.That(
            await http.GetStringAsync(new Uri(address.Groups[1].Value + "/api/v1/events/accounting")),
            Does.StartWith("{\"machines\":[{\"machine\":\"vm-1\",\"is_at_rest\":false,").And.Contain("\"event_type\":\"device.added\""));
        await process.StandardInput.WriteAsync("x");
        process.StandardInput.Close();
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.HangGuard);
        await process.WaitForExitAsync().WaitAsync(Eventually.HangGuard);
        Assert.That(output, Is.EqualTo("y\n"), "Standard output is the guest's.");
        Assert.That(process.ExitCode, Is.Zero, await process.StandardError.ReadToEndAsync());
    }

    [Test]
    public async Task Recording_and_its_replay_are_told_as_pipelines()
    {
        using var folder = new TemporaryFolder();
        string image = folder.Write("waits.bin", [.. Waits.SelectMany(BitConverter.GetBytes)]);
        string journal = folder.PathOf("journal");
        List<string> recorded;
        using (Process run = StartEmulator("run", "--load", image + "@0x80000000", "--serve", "0", "--quiet", "--record", journal))
        {
            recorded = await PipelineOfAsync(run, "recording-journal", async () =>
            {
                await run.StandardInput.WriteAsync("x");
                run.StandardInput.Close();
            });
        }

        Assert.That(recorded, Is.EqualTo(["created running", "running completed"]));
        // Its summary does not fit, so the replay stands still behind its end, and its streams are there to be asked.
        using var output = new FullPipe(folder.PathOf("output"));
        using Process replay = Start(
            "sh", "-c", "exec dotnet \"$@\" > \"$0\"", folder.PathOf("output"), Program, "replay", journal, "--serve", "0");
        (List<string> states, PipelineStep last) = await ReplayedAsync(await AddressAsync(replay));
        Assert.Multiple(() =>
        {
            // A replay may be through with its first step before the feed's first second tells of it.
            Assert.That(states.Where(static state => state != "publish running"), Is.EqualTo(
                new[] { "created running", "handle running", "handle completed", "running completed" }));
            Assert.That(last.Details!["events"].GetInt64(), Is.Positive);
            Assert.That(last.Details["lost"].GetInt64(), Is.Zero);
        });
        Assert.That(await output.DrainAsync().WaitAsync(Eventually.HangGuard), Does.StartWith("replayed "));
        await replay.WaitForExitAsync().WaitAsync(Eventually.HangGuard);
        Assert.That(replay.ExitCode, Is.Zero);
    }

    [Test]
    public void Address_that_others_reach_needs_a_key_and_a_taken_one_is_told()
    {
        Assert.That(
            EmulatorProcess.Run("run", "--serve", "*").Error,
            Does.StartWith("engine-emulator: --serve: ").And.Contain("no API key is configured"));
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        EmulatorProcess run = EmulatorProcess.Run("run", "--serve", $"{((System.Net.IPEndPoint)taken.LocalEndpoint).Port}");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("--serve: the server cannot listen on 127.0.0.1:"));
    }

    private static async Task<string> AddressAsync(Process process) =>
        Regex.Match((await process.StandardError.ReadLineAsync().WaitAsync(Eventually.HangGuard))!, "http://[0-9.:]+").Value;

    // What a client of the server sees of a replay: its states, and the states of its steps, each once where it stays; and the last step.
    private static async Task<(List<string> States, PipelineStep Last)> ReplayedAsync(string address)
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var states = new List<string>();
        PipelineStep? last = null;
        var client = new EventStreamClient(
            http, new Uri($"{address}/api/v1/events?limit=1000&type=pipeline_status,pipeline_progress&resource_id=replay-journal"));
        await foreach (ReceivedEvent item in client.ReadAsync())
        {
            string? state = null;
            if (item.TryGet(out PipelineStatus? status))
                state = $"{status!.OldStatus} {status.NewStatus}";
            else if (item.TryGet(out PipelineProgress? progress))
                state = $"{(last = progress!.StepStatus).Name} {last.Status}";
            if (state is not null && states.LastOrDefault() != state)
                states.Add(state);
            if (state == "running completed")
                break;
        }

        return (states, last!);
    }

    // The states of a pipeline, from its stream, which is open when it is told to end.
    private static async Task<List<string>> PipelineOfAsync(Process process, string pipeline, Func<Task> end)
    {
        string address = await AddressAsync(process);
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var states = new List<string>();
        var client = new EventStreamClient(
            http, new Uri($"{address}/api/v1/events?limit=100&type=pipeline_status,pipeline_progress&resource_id={pipeline}"));
        bool isTold = false;
        await foreach (ReceivedEvent item in client.ReadAsync())
        {
            if (item.TryGet(out PipelineStatus? status))
                states.Add($"{status!.OldStatus} {status.NewStatus}");
            if (!isTold)
                await end();
            isTold = true;
            if (states.Count == 2)
                break;
        }

        await process.WaitForExitAsync().WaitAsync(Eventually.HangGuard);
        return states;
    }

    private static Process StartEmulator(params string[] arguments) => Start("dotnet", [Program, .. arguments]);

    private static Process Start(string program, params string[] arguments) => Process.Start(
        new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
