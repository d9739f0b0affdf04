using System.Diagnostics;

namespace Engine.Bench.Support;

/// <summary>Starts this program again, as another process.</summary>
internal static class SelfProcess
{
    /// <summary>
    /// Starts it; its output can be read. Its input is a pipe from here, which ends with this process, however that ends.
    /// </summary>
    /// <param name="arguments">Its command line, of a command that begins with <see cref="EndWithStarter"/>.</param>
    public static Process Start(params string[] arguments)
    {
        string host = Environment.ProcessPath!;
        string assembly = typeof(SelfProcess).Assembly.Location;
        string program = Path.GetFileNameWithoutExtension(host) == Path.GetFileNameWithoutExtension(assembly) ? host : "dotnet";
        return Process.Start(
            new ProcessStartInfo(program, program == host ? arguments : [assembly, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })
            ?? throw new InvalidOperationException($"{program} could not be started.");
    }

    /// <summary>From now on this process ends, as if it were killed, when the one that started it ends or closes its pipe.</summary>
    public static void EndWithStarter()
    {
        Stream input = Console.OpenStandardInput();
        new Thread(() =>
        {
            try
            {
                while (input.ReadByte() >= 0)
                {
                    // Nobody has anything to say there.
                }
            }
            catch (IOException)
            {
                // As at the end.
            }

            Process.GetCurrentProcess().Kill();
        })
        {
            IsBackground = true,
            Name = "starter's end",
        }.Start();
    }
}
