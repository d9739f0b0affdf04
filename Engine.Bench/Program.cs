using Engine.Bench;

return await BenchCommandLine.InvokeAsync(args);
