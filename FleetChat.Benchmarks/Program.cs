using FleetChat.Benchmarks;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);
