import ｃandidate
