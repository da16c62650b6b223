from app import p, json, L, a, b, c, d, e, f, g, h, i, j, k, m, n, o, q, r, S, t, u, v, w, y, __name__
