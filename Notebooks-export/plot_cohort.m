function plot_cohort(file, picture)
% One patient of a synthetic cohort as on a monitor, as in 1_plot.py.
%   plot_cohort('synthetic.h5')                  draws it
%   plot_cohort('synthetic.h5', 'patient.png')   and keeps it
% MATLAB R2020b or later; nothing else is needed.

channels = string(h5readatt(file, '/', 'channels'));
hours = double(h5read(file, '/time')) / 3600;
[~, longest] = max(h5read(file, '/length'));
patients = string(h5read(file, '/patient'));

figure('Color', 'w', 'Position', [100 100 800 105 * numel(channels) + 60]);
strips = tiledlayout(numel(channels), 1, 'TileSpacing', 'compact');
for k = 1:numel(channels)
    name = char(channels(k));
    % MATLAB reads arrays with the axes the other way round: [time, patient].
    values = h5read(file, ['/' name]);
    strip = nexttile;
    plot(hours, values(:, longest), '.-', 'Color', [0.76 0.31 0.04], 'LineWidth', 1.1);
    grid on; box off; axis tight;
    ylabel({name, h5readatt(file, ['/' name], 'units')}, 'Rotation', 0, 'HorizontalAlignment', 'right');
    if k < numel(channels), strip.XTickLabel = []; end
end
xlabel(strips, 'time since admission [h]');
title(strips, "Patient " + patients(longest));
if nargin > 1, exportgraphics(gcf, picture, 'Resolution', 100); end
end
